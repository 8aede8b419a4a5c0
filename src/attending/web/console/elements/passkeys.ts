// The browser's passkeys, with bytes as base64url text: as our server sends and reads them.

export interface CreationAsk {
  challenge: string;
  rp: PublicKeyCredentialRpEntity;
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: PublicKeyCredentialParameters[];
  excludeCredentials: { type: "public-key"; id: string }[];
  authenticatorSelection: AuthenticatorSelectionCriteria;
  attestation: AttestationConveyancePreference;
  timeout: number;
}

export interface AssertionAsk {
  challenge: string;
  rpId: string;
  allowCredentials: { type: "public-key"; id: string }[];
  userVerification: UserVerificationRequirement;
  timeout: number;
}

export const offered = (): boolean =>
  window.isSecureContext && "credentials" in navigator && "PublicKeyCredential" in window;

/** "credential.clientData.attestation" of a new passkey; rejects with a DOMException. */
export async function created(ask: CreationAsk): Promise<string> {
  const made = await navigator.credentials.create({
    publicKey: {
      ...ask,
      challenge: bytes(ask.challenge),
      user: { ...ask.user, id: bytes(ask.user.id) },
      excludeCredentials: ask.excludeCredentials.map(named),
    },
  });
  const { rawId, response } = expected(made);
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new TypeError("no attestation");
  return [rawId, response.clientDataJSON, response.attestationObject].map(text).join(".");
}

/** "credential.clientData.authenticatorData.signature"; rejects with a DOMException. */
export async function asserted(ask: AssertionAsk, signal: AbortSignal): Promise<string> {
  const made = await navigator.credentials.get({
    signal,
    publicKey: {
      ...ask,
      challenge: bytes(ask.challenge),
      allowCredentials: ask.allowCredentials.map(named),
    },
  });
  const { rawId, response } = expected(made);
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new TypeError("no assertion");
  const { clientDataJSON, authenticatorData, signature } = response;
  return [rawId, clientDataJSON, authenticatorData, signature].map(text).join(".");
}

/** What went wrong, in words for the person before the screen. */
export function words(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "AbortError":
      return "It was cancelled, or took too long. Nothing was changed.";
    case "InvalidStateError":
      return "That device holds a passkey of yours already. Choose another device.";
    case "SecurityError":
      return "The browser allows no passkeys at this address.";
    case "NotSupportedError":
      return "That device cannot hold such a passkey.";
    default:
      return "The passkey could not be used. Nothing was changed.";
  }
}

function expected(made: Credential | null): PublicKeyCredential {
  if (made instanceof PublicKeyCredential) return made;
  throw new TypeError("no passkey");
}

function named(each: { type: "public-key"; id: string }): PublicKeyCredentialDescriptor {
  return { type: each.type, id: bytes(each.id) };
}

function bytes(armoured: string): Uint8Array<ArrayBuffer> {
  const plain = atob(armoured.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(content: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(content));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
