/** What the first bytes of a connection tell. */
export type Payload =
  | { readonly kind: "tls"; readonly serverName?: string; readonly protocols: readonly string[] }
  | { readonly kind: "http"; readonly requestLine: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "other" };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

/** Tells a TLS ClientHello, with its SNI and ALPN, from an HTTP/1.1 request, with its headers in lower case. */
export function readPayload(bytes: Buffer): Payload {
  if (bytes[0] === HANDSHAKE && bytes[1] === 3) {
    return { kind: "tls", ...clientHello(bytes) };
  }
  const text = bytes.toString("latin1");
  const [requestLine = "", ...lines] = (text.split("\r\n\r\n")[0] ?? "").split("\r\n");
  if (!/^[A-Z]+ \S+ HTTP\/1\.[01]$/.test(requestLine)) {
    return { kind: "other" };
  }
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
  ]);
  return { kind: "http", requestLine, headers: Object.fromEntries(headers) as Record<string, string> };
}

/** RFC 8446, 4.1.2: what is cut off or of another shape gives no name. */
function clientHello(bytes: Buffer): { serverName?: string; protocols: readonly string[] } {
  const found: { serverName?: string; protocols: readonly string[] } = { protocols: [] };
  try {
    if (bytes[5] !== CLIENT_HELLO) {
      return found;
    }
    let at = 43;
    at += 1 + bytes.readUInt8(at);
    at += 2 + bytes.readUInt16BE(at);
    at += 1 + bytes.readUInt8(at);
    const end = at + 2 + bytes.readUInt16BE(at);
    at += 2;
    while (at + 4 <= end) {
      const [type, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
      const body = bytes.subarray(at + 4, at + 4 + length);
      if (type === 0) {
        found.serverName = body.subarray(5, 5 + body.readUInt16BE(3)).toString("latin1");
      } else if (type === 16) {
        found.protocols = protocolNames(body.subarray(2));
      }
      at += 4 + length;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
  }
  return found;
}

function protocolNames(list: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < list.length; at += 1 + (list[at] ?? 0)) {
    names.push(list.subarray(at + 1, at + 1 + (list[at] ?? 0)).toString("latin1"));
  }
  return names;
}
