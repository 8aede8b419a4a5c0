// Joins the two columns of a review page. A statement shows its evidence in the source, and
// a place in the source shows the statements that rest on it. What the source is, and how it
// is marked or played, is its panel's own business: they speak by events on its column.
//
//   attending:evidence      to the panel: { spans, play, why }
//   attending:note-changed  to the panel: [{ id, section, spans }]
//   attending:source-focus  from the panel: { anchor, start, end, why }

interface Span {
  kind: string;
  start: number;
  end: number;
  anchor: string | null;
}

interface Place {
  anchor: string | null;
  start: number;
  end: number;
  why: "hover" | "focus";
}

type Why = "hover" | "focus" | "asked";

const DWELL = 180; // milliseconds before a pointer that rests means something
const LOWEST = 320; // pixels of the source that are always there
const MARGIN = 16;
const STATEMENT = "[data-evidence]";
const TYPED_INTO = "input, textarea, select, [contenteditable]";
const narrow = matchMedia("(max-width: 60rem)");

class EvidenceLink extends HTMLElement {
  #dwell = 0;
  #shown: Element | null = null;
  #came: HTMLElement | null = null; // from where the source was opened
  #stop = new AbortController();

  connectedCallback(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.addEventListener("pointerover", (event) => this.#over(event), { signal });
    this.addEventListener("pointerleave", () => this.#rest(null), { signal });
    this.addEventListener("focusin", (event) => this.#focused(event.target as Element), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("attending:source-focus", (event) => this.#made(event), { signal });
    document.addEventListener("htmx:after:swap", () => this.#changed(), { signal });
    for (const kind of ["scroll", "resize"]) {
      window.addEventListener(kind, () => this.#fit(), { signal, passive: true });
    }
    this.#fit();
  }

  disconnectedCallback(): void {
    this.#stop.abort();
    clearTimeout(this.#dwell);
  }

  // From the note to the source.

  #over(event: PointerEvent): void {
    if (event.pointerType === "mouse") this.#rest(statementAt(event.target));
  }

  /** After a moment: the statement under the pointer, or else the one that has the focus. */
  #rest(statement: Element | null): void {
    clearTimeout(this.#dwell);
    this.#dwell = setTimeout(() => {
      const meant = statement ?? statementAt(document.activeElement);
      if (meant !== this.#shown) this.#show(meant, false, "hover");
    }, DWELL);
  }

  #focused(target: Element): void {
    const statement = statementAt(target);
    if (statement) this.#show(statement, false, "focus");
  }

  #clicked(event: MouseEvent): void {
    const target = event.target as Element;
    const chip = target.closest<HTMLElement>("a.evidence");
    const back = target.closest<HTMLAnchorElement>('.source a[href^="#statement-"]');
    if (chip) this.#ask(chip, spansOf(chip, "data-span"));
    else if (back) this.#goTo(back.hash.slice(1));
    else if (target.closest(".open-source")) this.#open(target as HTMLElement);
    else if (target.closest(".close-source")) this.#close();
    else return;
    event.preventDefault();
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (event.key === "Escape" && this.#isOpen) return this.#close();
    const statement = statementAt(target);
    if (event.key !== "p" || !statement || target.closest(TYPED_INTO)) return;
    event.preventDefault();
    this.#ask(target, spansOf(statement));
  }

  #ask(from: HTMLElement, spans: Span[]): void {
    if (!spans.length) return;
    this.#shown = statementAt(from);
    this.#tell("attending:evidence", { spans, play: true, why: "asked" });
    if (narrow.matches) this.#open(from);
  }

  #show(statement: Element | null, play: boolean, why: Why): void {
    this.#shown = statement;
    this.#tell("attending:evidence", { spans: statement ? spansOf(statement) : [], play, why });
  }

  #changed(): void {
    const kept = [...this.querySelectorAll(STATEMENT)].filter((each) => !each.closest(".reject"));
    const told = kept.map((each) => ({
      id: each.id.replace(/^statement-/, ""),
      section: titleOf(each),
      spans: spansOf(each),
    }));
    this.#tell("attending:note-changed", told);
  }

  // From the source to the note.

  #made(event: Event): void {
    const { anchor, start, end, why } = (event as CustomEvent<Place>).detail;
    const made = [...this.querySelectorAll<HTMLElement>(STATEMENT)].filter((statement) => {
      const is = spansOf(statement).some((span) =>
        span.anchor === null ? span.start < end && start < span.end : span.anchor === anchor,
      );
      statement.classList.toggle("made-of-it", is);
      return is;
    });
    const first = made[0];
    if (first && why === "focus" && !narrow.matches && !made.some(isInView)) {
      first.scrollIntoView({ block: "center", behavior: calm() });
    }
  }

  #goTo(id: string): void {
    const statement = document.getElementById(id);
    if (!statement) return;
    this.#close(false);
    if (!statement.hasAttribute("tabindex")) statement.tabIndex = -1;
    statement.focus({ preventScroll: true });
    statement.scrollIntoView({ block: "center", behavior: calm() });
  }

  // On a narrow screen the source is a sheet over the note.

  get #isOpen(): boolean {
    return this.#source?.classList.contains("open") === true;
  }

  #open(from: HTMLElement): void {
    if (!this.#isOpen) this.#came = from;
    this.#source?.classList.add("open");
    this.#source?.querySelector<HTMLElement>(".close-source")?.focus();
  }

  #close(back = true): void {
    if (!this.#isOpen) return;
    this.#source?.classList.remove("open");
    this.#tell("attending:evidence", { spans: [], play: false, why: "asked" });
    if (!back || !this.#came?.isConnected) return;
    this.#came.focus({ preventScroll: true });
    this.#came.scrollIntoView({ block: "nearest", behavior: calm() });
  }

  /** Beside the note it ends where the window ends, so that all of it can be scrolled to. */
  #fit(): void {
    const source = this.#source;
    if (!source) return;
    const height = Math.max(LOWEST, innerHeight - source.getBoundingClientRect().top - MARGIN);
    source.style.maxHeight = narrow.matches ? "" : `${Math.round(height)}px`;
  }

  get #source(): HTMLElement | null {
    return this.querySelector<HTMLElement>(".source");
  }

  #tell(name: string, detail: unknown): void {
    this.#source?.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function statementAt(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest(STATEMENT) : null;
}

function spansOf(element: Element, name = "data-evidence"): Span[] {
  return JSON.parse(element.getAttribute(name) || "[]") as Span[];
}

/** The section's own title, without what was decided on it. */
function titleOf(statement: Element): string {
  const title = statement.closest(".card")?.querySelector("h3");
  return title?.firstChild?.textContent?.trim() ?? "";
}

function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}

function calm(): ScrollBehavior {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
}

customElements.define("evidence-link", EvidenceLink);
