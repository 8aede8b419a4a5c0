// A form that could not be sent, or was refused: said where it was pressed, calmly.

const OTHERWISE = "The server could not do this. Nothing is lost.";

export function problemIn(page: string): string {
  const banner = new DOMParser().parseFromString(page, "text/html").getElementById("problem");
  return (banner?.textContent ?? "").replace(/\s+/g, " ").trim() || OTHERWISE;
}

export function clearFailure(form: Element): void {
  if (form instanceof HTMLFormElement) form.querySelector(".failed")?.remove();
}

export function offerAgain(form: Element, submitter: HTMLElement | null, words: string): void {
  if (!(form instanceof HTMLFormElement)) return;
  clearFailure(form);
  const said = document.createElement("p");
  said.className = "failed";
  said.setAttribute("role", "alert");
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => form.requestSubmit(submitter));
  said.append(words, " ", again);
  form.append(said);
}
