// The places that the keys j, k and n go to: statements, and sections that hold none.

const STOPS = "[data-stop]";

export function stops(note: ParentNode): HTMLElement[] {
  return [...note.querySelectorAll<HTMLElement>(STOPS)];
}

/** Focus an element, so that all of it is seen; false if it cannot have the focus. */
export function go(to: HTMLElement): boolean {
  if (to.hasAttribute("data-stop")) current(to);
  else if (to.tabIndex < 0 && !to.hasAttribute("tabindex")) to.tabIndex = -1;
  to.focus({ preventScroll: true });
  if (document.activeElement !== to) return false;
  const card = to.closest(".card");
  const whole = card && card.clientHeight < window.innerHeight * 0.7 ? card : to;
  whole.scrollIntoView({ block: "nearest" });
  return true;
}

function current(to: HTMLElement): void {
  const note = to.closest("#note");
  for (const each of note?.querySelectorAll<HTMLElement>(`${STOPS}[tabindex="0"]`) ?? []) {
    each.tabIndex = -1;
  }
  to.tabIndex = 0;
}

/** Tab reaches one stop: the one that has the focus, or the first that waits. */
export function roving(desk: ParentNode): void {
  const all = stops(desk);
  if (all.some((each) => each.tabIndex === 0)) return;
  const active = document.activeElement?.closest<HTMLElement>(STOPS);
  const first = active ?? firstWaiting(desk, null) ?? all[0];
  if (first) first.tabIndex = 0;
}

function isWaiting(card: Element): boolean {
  return !card.hasAttribute("data-decision") || card.querySelector("[data-unread]") !== null;
}

/** The stops of a section that waits: where something was found, else its first. */
function waitingIn(card: Element): HTMLElement[] {
  if (!isWaiting(card)) return [];
  const all = stops(card);
  const closed = all.filter((each) => each.querySelector(".open-warning"));
  const found = all.filter((each) => each.querySelector(".finding"));
  const some = new Set([...closed, ...found, ...all.slice(0, 1)]);
  return all.filter((each) => some.has(each));
}

export function waiting(note: ParentNode): HTMLElement[] {
  return [...note.querySelectorAll(".card")].flatMap(waitingIn);
}

/** After a card, then from the top: the first unopened warning of a section, else its first. */
export function firstWaiting(note: ParentNode, after: Element | null): HTMLElement | null {
  const cards = [...note.querySelectorAll(".card")];
  const from = after ? cards.indexOf(after) + 1 : 0;
  const next = [...cards.slice(from), ...cards.slice(0, from)].find(isWaiting);
  if (!next) return null;
  const all = stops(next);
  return all.find((each) => each.querySelector(".open-warning")) ?? all[0] ?? null;
}
