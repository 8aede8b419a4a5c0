import { say } from "./announce";
import type { ReviewEditor } from "./review-editor";
import { clearFailure, offerAgain, problemIn } from "./review-failed";
import { ask } from "./ask";
import { go, firstWaiting, roving } from "./review-stops";
import { type Kept, anyTyped, open, putBack, takeUp } from "./review-typed";

interface Ctx {
  sourceElement: Element;
  request: { submitter?: HTMLElement | null };
  response?: { status: number };
  text?: string;
}

interface Standing {
  action: string; // of the form that was sent; its element may be gone afterwards
  kept: Kept[];
  opened: string[];
  active: Element | null;
  focus: string[]; // ids, from the focused element outwards
  start: number | null;
  end: number | null;
}

const DONE: Record<string, string> = { accept: "accepted", edit: "edited", reject: "rejected" };
const EXPIRED = 401;
const FORBIDDEN = 403;
const REFUSED = 400;

/** The review page: puts each answer in place, keeps what is typed, and leads on. */
export class ReviewDesk extends HTMLElement {
  #ends = new AbortController();
  #standing: Standing | null = null;

  connectedCallback(): void {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.addEventListener("htmx:before:request", (event) => this.#asked(event), { signal });
    this.addEventListener("htmx:after:request", (event) => this.#answered(event), { signal });
    this.addEventListener("htmx:error", (event) => this.#failed(event), { signal });
    this.addEventListener("htmx:before:swap", (event) => this.#before(event), { signal });
    this.addEventListener("htmx:after:swap", (event) => this.#after(event), { signal });
    this.addEventListener("htmx:finally:request", () => this.#busy(false), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    window.addEventListener("beforeunload", (event) => this.#leaving(event), { signal });
    roving(this);
  }

  disconnectedCallback(): void {
    this.#ends.abort();
  }

  get note(): HTMLElement {
    return this.querySelector<HTMLElement>("#note") as HTMLElement;
  }

  get typed(): boolean {
    return anyTyped(this) || !this.#kept.hidden;
  }

  get #kept(): HTMLElement {
    return this.querySelector<HTMLElement>("#kept") as HTMLElement;
  }

  #busy(busy: boolean): void {
    this.note.setAttribute("aria-busy", String(busy));
  }

  #asked(event: Event): void {
    clearFailure(ctxOf(event).sourceElement);
    this.#busy(true);
  }

  /** An answer without the note has no place in it: the page stays, and says so. */
  #answered(event: Event): void {
    const ctx = ctxOf(event);
    const status = ctx.response?.status ?? 0;
    if (status === EXPIRED) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("attending:expired", { bubbles: true }));
    } else if (!ctx.text?.includes('id="note"')) {
      event.preventDefault();
      offerAgain(ctx.sourceElement, ctx.request.submitter ?? null, problemIn(ctx.text ?? ""));
      if (status === FORBIDDEN) {
        this.dispatchEvent(new CustomEvent("attending:refused", { bubbles: true }));
      }
    }
  }

  #failed(event: Event): void {
    const { ctx } = (event as CustomEvent<{ ctx?: Ctx }>).detail;
    if (!ctx) return;
    const words = "The server did not answer. Nothing is lost.";
    offerAgain(ctx.sourceElement, ctx.request.submitter ?? null, words);
  }

  #before(event: Event): void {
    const ctx = ctxOf(event);
    const done = (ctx.response?.status ?? 0) < REFUSED;
    const active = document.activeElement;
    const field = active instanceof HTMLTextAreaElement ? active : null;
    this.#standing = {
      action: ctx.sourceElement.getAttribute("action") ?? "",
      kept: takeUp(this.note, done ? ctx.sourceElement : null),
      opened: openedBut(this.note, done ? ctx.sourceElement : null),
      active,
      focus: idsAround(active),
      start: field?.selectionStart ?? null,
      end: field?.selectionEnd ?? null,
    };
  }

  #after(event: Event): void {
    const ctx = ctxOf(event);
    const standing = this.#standing;
    this.#standing = null;
    if (!standing) return;
    for (const id of standing.opened) {
      const details = document.getElementById(id);
      if (details instanceof HTMLDetailsElement) details.open = true;
    }
    this.#keep(putBack(standing.kept));
    for (const editor of this.querySelectorAll<ReviewEditor>("review-editor")) editor.settle();
    roving(this);
    this.#lead(ctx, standing);
  }

  /** Words whose place is gone stand above the note until they are no longer needed. */
  #keep(lost: readonly Kept[]): void {
    if (lost.length === 0) return;
    const area = this.#kept.querySelector("textarea") as HTMLTextAreaElement;
    area.value = [area.value, ...lost.map((each) => each.value)].filter(Boolean).join("\n\n");
    this.#kept.hidden = false;
    say("What you typed could not be saved. It stands above the note.");
  }

  #lead(ctx: Ctx, standing: Standing): void {
    const { action } = standing;
    const status = ctx.response?.status ?? 0;
    if (!action.startsWith("/cases/")) {
      this.#stay(standing);
      this.#tellNews();
    } else if (status >= REFUSED) {
      this.#stay(standing);
    } else if (action.endsWith("/decisions") || action.endsWith("/views")) {
      this.#tellDone(standing, action.endsWith("/views"));
      this.#goOn(standing);
    } else if (action.endsWith("/warnings")) {
      this.#tellWarning(standing);
    } else {
      say(this.note.querySelector(".case-state .state")?.textContent ?? "");
      this.#stay(standing);
    }
  }

  /** The focus where it was, or at what stood around it. */
  #stay(standing: Standing): void {
    if (standing.active && document.activeElement === standing.active) {
      const said = standing.active.closest("form")?.querySelector(".theirs:not([hidden])");
      said?.scrollIntoView({ block: "nearest" });
      return;
    }
    for (const id of standing.focus) {
      const found = document.getElementById(id);
      if (found && go(found)) {
        if (found instanceof HTMLTextAreaElement && standing.start !== null) {
          found.setSelectionRange(standing.start, standing.end);
        }
        return;
      }
    }
  }

  #tellNews(): void {
    const news = [...this.note.querySelectorAll("#news li")];
    if (news.length > 0) say(news.map((each) => `${words(each)}.`).join(" "));
    else say(`The case was changed: ${words(this.note.querySelector(".case-state"))}.`);
  }

  #tellDone(standing: Standing, read: boolean): void {
    const card = this.#cardOf(standing);
    const done = read ? "read" : DONE[card?.dataset["decision"] ?? ""];
    const title = words(card?.querySelector(".title") ?? null);
    say(`${title} ${done}. ${words(this.note.querySelector("#progress"))}.`);
  }

  #tellWarning(standing: Standing): void {
    const id = standing.focus.find((each) => each.startsWith("statement-"));
    const card = this.#cardOf(standing);
    const at = (id && document.getElementById(id)) || card;
    say([...(at?.querySelectorAll(".finding") ?? [])].map(words).join(" "));
    if (at) go(at);
  }

  #goOn(standing: Standing): void {
    const next = firstWaiting(this.note, this.#cardOf(standing));
    const sign = this.querySelector<HTMLElement>("#sign");
    const to = next ?? sign ?? this.querySelector<HTMLElement>("#finish");
    if (to) go(to);
  }

  #cardOf(standing: Standing): HTMLElement | null {
    const id = standing.focus.find((each) => each.startsWith("section-"));
    return id ? document.getElementById(id) : null;
  }

  #clicked(event: Event): void {
    const target = event.target as Element;
    if (target.closest("[data-forget]")) void this.#forget();
    if (target.closest("details.edit > summary")) {
      target.closest("details")?.querySelector<ReviewEditor>("review-editor")?.entered();
    }
    const jump = target.closest<HTMLAnchorElement>("a.jump, a.jump-next, #news a");
    const at = jump && document.getElementById(decodeURIComponent(jump.hash.slice(1)));
    if (at) {
      event.preventDefault();
      open(at);
      go(at.querySelector<HTMLElement>("[data-stop]") ?? at);
    }
  }

  /** A way back out of the reasons, as out of the editor. */
  #key(event: KeyboardEvent): void {
    const reasons = (event.target as Element).closest<HTMLDetailsElement>("details.reject[open]");
    if (event.key !== "Escape" || !reasons) return;
    event.preventDefault();
    void leave(reasons);
  }

  async #forget(): Promise<void> {
    if (!(await ask("discard"))) return;
    (this.#kept.querySelector("textarea") as HTMLTextAreaElement).value = "";
    this.#kept.hidden = true;
    go(this.note.querySelector<HTMLElement>("h2") ?? this.note);
  }

  #leaving(event: Event): void {
    if (this.typed) event.preventDefault();
  }
}

async function leave(reasons: HTMLDetailsElement): Promise<void> {
  const own = reasons.querySelector<HTMLInputElement>("input[name=reason]");
  if (own?.value.trim() && !(await ask("discard"))) return own.focus();
  if (own) own.value = "";
  reasons.open = false;
  reasons.querySelector<HTMLElement>("summary")?.focus();
}

function ctxOf(event: Event): Ctx {
  return (event as CustomEvent<{ ctx: Ctx }>).detail.ctx;
}

function words(element: Element | null): string {
  return (element?.textContent ?? "").replace(/\s+/g, " ").trim();
}

function idsAround(active: Element | null): string[] {
  const found: string[] = [];
  for (let at = active; at && at !== document.body; at = at.parentElement) {
    if (at.id) found.push(at.id);
  }
  return found;
}

/** The disclosures that a clinician opened; not those of a section that was just decided. */
function openedBut(note: Element, sent: Element | null): string[] {
  const decided = sent?.closest(".card");
  return [...note.querySelectorAll<HTMLDetailsElement>("details[open]")]
    .filter((each) => !decided || each.closest(".card") !== decided || each.matches(".drafted"))
    .map((each) => each.id);
}

customElements.define("review-desk", ReviewDesk);
