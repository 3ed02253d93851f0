import { isIpv4 } from "../../infra/core/addresses";

/** AWS's own page that says who asks. */
const CHECK_URL = "https://checkip.amazonaws.com";

/** How long it may take, in milliseconds. */
const PATIENCE = 5000;

/**
 * The IPv4 address with which AWS sees this machine.
 * @param url of a page that says nothing but the caller's address
 * @throws Error if it does not answer, or with something else
 */
export async function callerAddress(url: string = CHECK_URL): Promise<string> {
  const said = await ask(url);
  if (!isIpv4(said)) {
    throw new Error(`${url} answered ${JSON.stringify(said.slice(0, 60))}, which is no IPv4 address`);
  }
  return said;
}

async function ask(url: string): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error(`${url} does not answer (${cause instanceof Error ? cause.message : message})`);
  }
  if (!answer.ok) {
    throw new Error(`${url} answered ${answer.status}`);
  }
  return (await answer.text()).trim();
}
