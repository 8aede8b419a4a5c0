// One calm voice for those who listen: the page's single live region.
export function say(text: string): void {
  const region = document.getElementById("announcement");
  if (region && text) region.textContent = text;
}
