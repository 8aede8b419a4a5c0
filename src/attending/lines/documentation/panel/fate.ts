// What became of each passage, once the note has changed: as the server says it on a new page.

import { spoken, type Statement } from "./spans";
import { within } from "./words";

const NAMES = ["an allergy", "a medicine", "a dose", "a symptom", "a finding", "a denial", "a number"];

/** How many passages are used, and how many are not. */
export function retold(
  utterances: readonly HTMLElement[],
  statements: readonly Statement[],
): { used: number; unused: number } {
  const heard = statements.map((each) => ({ ...each, spans: spoken(each.spans) }));
  const counts = { used: 0, unused: 0 };
  for (const utterance of utterances) {
    const near = heard.filter(({ spans }) =>
      spans.some(({ anchor }) => anchor === null || anchor === utterance.id),
    );
    const made = new Set<Statement>();
    const missed = new Set<string>();
    const passages = [...utterance.querySelectorAll(".said")];
    for (const passage of passages) {
      const uses = near.filter(({ spans }) =>
        spans.some((span) => within(utterance, passage, span).length > 0),
      );
      uses.forEach((use) => made.add(use));
      passage.classList.toggle("used", uses.length > 0);
      passage.classList.toggle("unused", uses.length === 0);
      counts[uses.length ? "used" : "unused"] += 1;
      if (!uses.length) named(passage).forEach((name) => missed.add(name));
    }
    const left = passages.some((passage) => passage.classList.contains("unused"));
    show(utterance, [...made], NAMES.filter((name) => missed.has(name)), left);
  }
  return counts;
}

function named(passage: Element): string[] {
  return passage.getAttribute("data-tells")?.split(", ") ?? [];
}

function show(
  utterance: HTMLElement,
  made: readonly Statement[],
  missed: readonly string[],
  left: boolean,
): void {
  const state = !made.length ? "unused" : left ? "partly" : "used";
  utterance.classList.remove("unused", "partly", "used");
  utterance.classList.add(state);
  utterance.dataset["rank"] = String(missed.length);
  const fate = utterance.querySelector(".fate") ?? utterance.appendChild(paragraph());
  fate.classList.toggle("hidden", !made.length && !missed.length);
  const links = [...new Map(made.toReversed().map((each) => [each.section, each.id]))].toReversed();
  fate.replaceChildren(
    ...(links.length ? ["In the note: ", ...links.flatMap(linked)] : []),
    links.length && missed.length ? ". " : "",
    missed.length ? `Not in the note: ${missed.join(", ")}` : links.length ? "" : "Not in the note",
  );
}

function paragraph(): HTMLParagraphElement {
  const made = document.createElement("p");
  made.className = "fate";
  return made;
}

function linked([section, id]: [string, string], index: number): (Node | string)[] {
  const link = document.createElement("a");
  link.href = `#statement-${id}`;
  link.textContent = section;
  link.tabIndex = -1;
  return index ? [", ", link] : [link];
}
