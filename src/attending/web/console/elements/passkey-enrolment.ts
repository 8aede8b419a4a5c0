// <passkey-enrolment>: lets the browser create a passkey, and sends what it answers with the form.

import { type CreationAsk, created, offered, words } from "./passkeys";

class PasskeyEnrolment extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form");
    const button = form?.querySelector("button");
    if (!form || !button) return;
    if (!offered()) {
      this.tell("This browser offers no passkeys.", true);
      return;
    }
    this.tell("");
    button.hidden = button.disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.create(form, button);
    });
  }

  private async create(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    this.tell("Your browser asks for your device or key now.");
    try {
      const ask = JSON.parse(form.dataset["options"] ?? "") as CreationAsk;
      const answer = form.elements.namedItem("answer");
      if (answer instanceof HTMLInputElement) answer.value = await created(ask);
      form.submit();
    } catch (error) {
      this.tell(words(error), true);
      button.disabled = false;
      button.focus();
    }
  }

  private tell(what: string, wrong = false): void {
    const telling = this.querySelector(".telling");
    if (!telling) return;
    telling.textContent = what;
    telling.classList.toggle("wrong", wrong);
  }
}

customElements.define("passkey-enrolment", PasskeyEnrolment);
