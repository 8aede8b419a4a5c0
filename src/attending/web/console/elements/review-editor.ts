import { say } from "./announce";
import { ask } from "./ask";
import { EditCheck } from "./edit-check";
import { isTyped, present, theirs } from "./review-typed";

const GROWS = CSS.supports("field-sizing", "content");

/** The words of one section, edited in place: it grows, saves and is left by key. */
export class ReviewEditor extends HTMLElement {
  #ends = new AbortController();

  connectedCallback(): void {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.addEventListener("input", () => this.#grow(), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.settle();
  }

  disconnectedCallback(): void {
    this.#ends.abort();
  }

  /** After an answer was put in place: saving waits for a choice, if one is to be made. */
  settle(): void {
    const save = this.querySelector<HTMLButtonElement>("button[type=submit]");
    const block = this.querySelector<HTMLElement>(".theirs");
    if (save) save.disabled = block?.hidden === false;
    const guard = this.querySelector("edit-check");
    if (guard instanceof EditCheck) guard.settle();
    this.#grow();
  }

  /** Its disclosure was pressed: what follows is typed. */
  entered(): void {
    requestAnimationFrame(() => {
      if (!this.#details?.open) return;
      this.#grow();
      this.#area.focus();
    });
  }

  get #area(): HTMLTextAreaElement {
    return this.querySelector("textarea") as HTMLTextAreaElement;
  }

  get #details(): HTMLDetailsElement | null {
    return this.closest("details");
  }

  get #summary(): HTMLElement | null {
    return this.#details?.querySelector("summary") ?? null;
  }

  #grow(): void {
    if (GROWS || !this.#details?.open) return;
    this.#area.style.height = "auto";
    this.#area.style.height = `${this.#area.scrollHeight + 2}px`;
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      void this.#cancel();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#save();
    }
  }

  #save(): void {
    const save = this.querySelector<HTMLButtonElement>("button[type=submit]");
    if (save?.disabled) say("Choose before you save.");
    else save?.click();
  }

  #clicked(event: Event): void {
    const button = (event.target as Element).closest<HTMLElement>("[data-choice], [data-cancel]");
    if (button?.dataset["choice"]) this.#choose(button.dataset["choice"]);
    else if (button) void this.#cancel();
  }

  async #cancel(): Promise<void> {
    if (isTyped(this.#area) && !(await ask("discard"))) {
      this.#area.focus();
      return;
    }
    const block = theirs(this.#area);
    if (block) block.hidden = true;
    this.#area.value = present(this.#area);
    this.settle();
    if (this.#details) this.#details.open = false;
    this.#summary?.focus();
  }

  #choose(choice: string): void {
    const now = present(this.#area);
    if (choice === "theirs") this.#area.value = now;
    if (choice === "both") this.#area.value = both(now, this.#area.value);
    const block = theirs(this.#area);
    if (block) block.hidden = true;
    this.settle();
    this.#area.focus();
  }
}

/** Their lines, then those of mine that are not among them. */
export function both(now: string, mine: string): string {
  const lines = now.split("\n").filter((line) => line.trim());
  const known = new Set(lines.map((line) => line.trim()));
  const added = mine.split("\n").filter((line) => line.trim() && !known.has(line.trim()));
  return [...lines, ...added].join("\n");
}

customElements.define("review-editor", ReviewEditor);
