// <passkey-signature>: the form of a signature can also be answered by a passkey.
//
// The challenge is asked for when the button is pressed, so that its time is that of the
// authentication. The page is left once: when the form is sent with the answer.

import { type AssertionAsk, asserted, offered, words } from "./passkeys";

interface Challenge {
  options: AssertionAsk;
  asked: string;
}

class Told extends Error {}

class PasskeySignature extends HTMLElement {
  private waiting: AbortController | undefined;

  connectedCallback(): void {
    const [form, button, cancel] = [this.form(), this.control("sign"), this.control("cancel")];
    if (!form || !button || !cancel || !offered()) return;
    button.hidden = false;
    this.control("log-in")?.classList.remove("primary");
    button.addEventListener("click", () => void this.sign(form));
    cancel.addEventListener("click", () => this.waiting?.abort());
    window.addEventListener("pageshow", this.settle);
  }

  disconnectedCallback(): void {
    this.waiting?.abort();
    window.removeEventListener("pageshow", this.settle);
  }

  /** Back from another page, nothing waits any more. */
  private readonly settle = (): void => {
    this.busy(false);
    this.tell("");
    for (const name of ["assertion", "asked"]) this.field(name)?.setAttribute("disabled", "");
  };

  private async sign(form: HTMLFormElement): Promise<void> {
    if (this.waiting) return;
    const waiting = new AbortController();
    this.waiting = waiting;
    this.busy(true);
    this.tell("Waiting for your passkey. Touch your key, or look at your device.");
    try {
      const { options, asked } = await this.challenge(form, waiting.signal);
      this.fill("assertion", await asserted(options, waiting.signal));
      this.fill("asked", asked);
      this.tell("Signing.");
      form.requestSubmit(this.control("send"));
    } catch (error) {
      this.tell(error instanceof Told ? error.message : words(error), true);
      this.busy(false);
      this.control("sign")?.focus();
    } finally {
      this.waiting = undefined;
    }
  }

  private async challenge(form: HTMLFormElement, signal: AbortSignal): Promise<Challenge> {
    const sent = new URLSearchParams();
    for (const name of ["csrf", "digest"]) sent.set(name, this.field(name)?.value ?? "");
    const answer = await fetch(`${form.action}/challenge`, { method: "POST", body: sent, signal });
    if (!answer.ok) throw new Told(await explained(answer));
    return (await answer.json()) as Challenge;
  }

  private fill(name: string, value: string): void {
    const field = this.field(name);
    if (!field) throw new TypeError(name);
    field.disabled = false;
    field.value = value;
  }

  private busy(is: boolean): void {
    for (const name of ["sign", "log-in"]) this.control(name)?.toggleAttribute("disabled", is);
    this.control("cancel")?.toggleAttribute("hidden", !is);
  }

  private tell(what: string, wrong = false): void {
    const telling = this.control("telling");
    if (!telling) return;
    telling.textContent = what;
    telling.classList.toggle("wrong", wrong);
  }

  private form(): HTMLFormElement | null {
    return this.querySelector("form");
  }

  private field(name: string): HTMLInputElement | null {
    return this.querySelector(`input[name="${name}"]`);
  }

  private control(name: string): HTMLElement | null {
    return this.querySelector(`[data-control="${name}"]`);
  }
}

/** The words of the page with which our server refuses. */
async function explained(answer: Response): Promise<string> {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const words = page.querySelector("#problem")?.textContent?.replace(/\s+/g, " ").trim();
  return words ?? "The server did not take it. Nothing was signed.";
}

customElements.define("passkey-signature", PasskeySignature);
