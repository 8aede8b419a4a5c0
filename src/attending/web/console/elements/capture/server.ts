// What the capture page asks of the server, and what the answers mean.

export type Piece = { number: number; at: number; words: string };

export type State = {
  state: "recording" | "abandoned" | "ended";
  mine: boolean;
  chunks: number;
  next: number;
  samples: number;
  key: string;
  csrf: string;
  heard: Piece[];
  case: string;
  ready: boolean;
};

/** The connection is lost, or the server cannot answer now: it is tried again. */
export class Unreached extends Error {}
/** The session has ended: the person logs in again. */
export class LoggedOut extends Error {}
/** Another chunk stands under this number, or the recording was ended. */
export class Conflicting extends Error {}
/** It will not be taken, however often it is sent. */
export class Refused extends Error {}

const PATIENCE = 15_000; // milliseconds for one request
const UNAUTHENTICATED = 401;
const FORBIDDEN = 403;
const CONFLICT = 409;
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

export class Server {
  private csrf = "";

  constructor(private readonly capture: string) {}

  /** after: the last piece one has. quiet: it keeps no session open. */
  async state(after = 0, quiet = false): Promise<State> {
    const answer = await this.ask(`state?after=${after}${quiet ? "&live=1" : ""}`, {});
    const told = (await answer.json()) as State;
    this.csrf = told.csrf;
    return told;
  }

  async send(number: number, samples: ArrayBuffer): Promise<void> {
    const digest = hex(await crypto.subtle.digest("SHA-256", samples));
    await this.write(`chunks/${number}?digest=${digest}`, samples, {
      "content-type": "application/octet-stream",
    });
  }

  /** The case that follows, or "" if nothing was recorded. */
  async end(chunks: number): Promise<string> {
    const form = new URLSearchParams({ chunks: String(chunks) });
    const answer = await this.write("end", form, { accept: "application/json" });
    return ((await answer.json()) as { case: string }).case;
  }

  /** Once more with the token of the present session, if this one's is of the last. */
  private async write(path: string, body: BodyInit, headers: Record<string, string>): Promise<Response> {
    const send = () =>
      this.ask(path, { method: "POST", body, headers: { ...headers, "x-csrf-token": this.csrf } });
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const before = this.csrf;
      await this.state();
      if (this.csrf === before) throw error;
      return send();
    }
  }

  private async ask(path: string, request: RequestInit): Promise<Response> {
    const answer = await fetch(`/captures/${this.capture}/${path}`, {
      ...request,
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => {
      throw new Unreached();
    });
    if (answer.ok) return answer;
    if (answer.type === "opaqueredirect" || answer.status === UNAUTHENTICATED) throw new LoggedOut();
    if (answer.status === CONFLICT) throw new Conflicting();
    if (PASSING.has(answer.status)) throw new Unreached();
    throw new Refused(answer.status === FORBIDDEN ? "forbidden" : String(answer.status));
  }
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
