// What a clinician has typed into the note column, and not sent. An answer that is put in
// place must not touch it: it is taken up before, and put back after.

export interface Kept {
  readonly field: string; // the id of the field
  readonly value: string;
  readonly section: string;
  readonly revision: string; // of the section, as it stood when it was typed
  readonly unresolved: boolean; // it met somebody else's edit, and nothing was chosen yet
}

type Field = HTMLTextAreaElement | HTMLInputElement;

const FIELDS = "textarea[name=text], input[name=reason]";

export function present(field: Element): string {
  return field.closest("form")?.querySelector(".present")?.textContent ?? "";
}

export function isTyped(field: Field): boolean {
  if (field instanceof HTMLTextAreaElement) {
    const words = field.value.trim();
    return words !== present(field).trim();
  }
  return field.value.trim() !== "";
}

function fields(root: ParentNode): Field[] {
  return [...root.querySelectorAll<Field>(FIELDS)];
}

export function anyTyped(root: ParentNode): boolean {
  return fields(root).some(isTyped);
}

function cardOf(element: Element): HTMLElement | null {
  return element.closest<HTMLElement>(".card");
}

/** Everything typed under root, but for what stands in a form that was just carried out. */
export function takeUp(root: ParentNode, sent: Element | null): Kept[] {
  return fields(root)
    .filter((field) => isTyped(field) && field.closest("form") !== sent)
    .map((field) => ({
      field: field.id,
      value: field.value,
      section: cardOf(field)?.dataset["section"] ?? "",
      revision: cardOf(field)?.dataset["revision"] ?? "",
      unresolved: theirs(field)?.hidden === false,
    }));
}

export function theirs(field: Element): HTMLElement | null {
  return field.closest("form")?.querySelector<HTMLElement>(".theirs") ?? null;
}

/** What found its place again stands there; what did not is returned. */
export function putBack(kept: readonly Kept[]): Kept[] {
  return kept.filter((each) => !putBackOne(each));
}

function putBackOne(kept: Kept): boolean {
  const field = document.getElementById(kept.field);
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return false;
  field.value = kept.value;
  open(field);
  const block = theirs(field);
  if (block && isTyped(field) && (kept.unresolved || movedOn(field, kept))) block.hidden = false;
  return true;
}

function movedOn(field: Element, kept: Kept): boolean {
  return cardOf(field)?.dataset["revision"] !== kept.revision;
}

/** Every disclosure around an element. */
export function open(element: Element): void {
  for (let at = element.closest("details"); at; at = at.parentElement?.closest("details") ?? null) {
    at.open = true;
  }
}
