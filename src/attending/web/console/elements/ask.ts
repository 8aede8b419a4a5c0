/** A question of the page, in its own dialog; true for its "yes". Nothing is done by Escape. */
export function ask(id: string): Promise<boolean> {
  const dialog = document.getElementById(id) as HTMLDialogElement;
  dialog.returnValue = "";
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    const closed = (): void => {
      if (dialog.open) return; // told late: it was asked again meanwhile
      dialog.removeEventListener("close", closed);
      resolve(dialog.returnValue === "yes");
    };
    dialog.addEventListener("close", closed);
  });
}
