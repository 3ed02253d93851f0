import dns from "node:dns";
import { isIP } from "node:net";
import { vi } from "vitest";

/**
 * Lets no name be resolved until `vi.restoreAllMocks`: at once and with ENOTFOUND, whatever resolver this machine has. That might take
 * seconds, or answer for names that do not exist.
 * @returns the names that were asked for so far
 */
export function resolveNoNames(): readonly string[] {
  const asked: string[] = [];
  const lookup = dns.lookup as (name: string, ...rest: unknown[]) => void;
  const refuse = (name: string, ...rest: unknown[]) => {
    if (isIP(name)) {
      lookup(name, ...rest);
      return;
    }
    asked.push(name);
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" });
    process.nextTick(rest.at(-1) as (error: Error) => void, error);
  };
  vi.spyOn(dns, "lookup").mockImplementation(refuse);
  return asked;
}
