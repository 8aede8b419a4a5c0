// <work-list address="/?…&live=1">: the list follows what happens, and nothing moves under
// the reader's hand. A row changes where it stands; new rows, and a new order, wait behind
// a bar while somebody points at the list or is on one of its rows.

const QUIET = 60_000; // milliseconds: ages go on
const BUSY = 5_000; // while something is decoded

class WorkList extends HTMLElement {
  #next: HTMLElement | undefined; // the list as it will be
  #timer: number | undefined;
  #asking = false;
  #stale = false;

  connectedCallback(): void {
    document.addEventListener("attending:changed", this.#changed);
    document.addEventListener("keydown", this.#key);
    this.addEventListener("click", (event) => {
      if (event.target instanceof HTMLButtonElement) this.#show();
    });
    this.#plan();
  }

  disconnectedCallback(): void {
    document.removeEventListener("attending:changed", this.#changed);
    document.removeEventListener("keydown", this.#key);
    clearTimeout(this.#timer);
  }

  get #list(): HTMLElement {
    return this.querySelector("ol")!;
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const wait = this.#list.querySelector(".drafting") ? BUSY : QUIET;
    this.#timer = setTimeout(() => (document.hidden ? this.#plan() : this.#changed()), wait);
  }

  #changed = (): void => {
    this.#stale = true;
    if (!this.#asking) void this.#ask();
  };

  async #ask(): Promise<void> {
    const address = this.getAttribute("address");
    if (!address) return;
    this.#asking = true;
    while (this.#stale) {
      this.#stale = false;
      try {
        const answer = await fetch(address, { cache: "no-store" });
        if (answer.ok) this.#take(await answer.text());
      } catch {
        // The page's connection says so, and tells of a change once it stands again.
      }
    }
    this.#asking = false;
    this.#plan();
  }

  #take(html: string): void {
    const page = new DOMParser().parseFromString(html, "text/html");
    const next = page.getElementById("cases");
    if (!next) return;
    for (const id of ["which", "after"]) replace(id, page);
    this.#next = next;
    if (!this.#isHeld() || sameOrder(this.#list, next)) return this.#show();
    const gone = [...this.#list.children].filter((row) => !update(row, next));
    gone.forEach((row) => row.classList.add("gone"));
    this.#tell(next);
  }

  // Somebody is on a row, by keyboard or pointer.
  #isHeld(): boolean {
    const list = this.#list;
    return list.contains(document.activeElement) || list.matches(":hover");
  }

  #tell(next: HTMLElement): void {
    const fresh = [...next.children].filter((row) => !document.getElementById(row.id)).length;
    const words = fresh ? `${fresh} new` : "The order has changed";
    const place = this.querySelector(".news")!;
    if (place.firstChild?.textContent === `${words}: `) return;
    const show = document.createElement("button");
    show.type = "button";
    show.textContent = "show";
    place.replaceChildren(`${words}: `, show);
  }

  #show(): void {
    const next = this.#next;
    if (!next) return;
    this.#next = undefined;
    const focused = document.activeElement?.closest("li")?.id;
    const rows = [...next.children].map((row) => {
      const standing = document.getElementById(row.id);
      if (!standing) return row;
      update(standing, next);
      return standing;
    });
    if (!sameOrder(this.#list, next)) this.#list.replaceChildren(...rows);
    this.querySelector(".news")!.replaceChildren();
    if (focused) focus(document.getElementById(focused) ?? this.#list.firstElementChild);
  }

  #key = (event: KeyboardEvent): void => {
    const at = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || at.closest("input, textarea, select, dialog")) return;
    const act = this.#acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  #acts: Record<string, () => void> = {
    j: () => this.#step(1),
    k: () => this.#step(-1),
    n: () => this.#show(),
    "/": () => document.getElementById("name")?.focus(),
    "?": () => document.querySelector<HTMLDialogElement>("dialog#keys")?.showModal(),
  };

  #step(by: 1 | -1): void {
    const rows = [...this.#list.children];
    const now = rows.indexOf(document.activeElement?.closest("li") as Element);
    const to = now < 0 ? 0 : Math.min(Math.max(now + by, 0), rows.length - 1);
    focus(rows[to]);
  }
}

// The row as it is now, where it stands; false if it is no longer in the list.
function update(row: Element, list: HTMLElement): boolean {
  const now = list.querySelector(`#${CSS.escape(row.id)}`);
  if (!now) return false;
  if (now.outerHTML === row.outerHTML) return true;
  const held = row.contains(document.activeElement);
  row.className = now.className;
  row.replaceChildren(...now.cloneNode(true).childNodes);
  if (held) focus(row);
  return true;
}

function focus(row: Element | null | undefined): void {
  row?.querySelector("a")?.focus();
}

function sameOrder(one: HTMLElement, other: HTMLElement): boolean {
  const ids = (list: HTMLElement): string => [...list.children].map((row) => row.id).join();
  return ids(one) === ids(other);
}

// What stands around the list: only if it changed, and not while somebody is on it.
function replace(id: string, page: Document): void {
  const old = document.getElementById(id);
  const now = page.getElementById(id);
  if (!old || !now || old.outerHTML === now.outerHTML || old.contains(document.activeElement)) return;
  old.replaceWith(document.adoptNode(now));
}

customElements.define("work-list", WorkList);
