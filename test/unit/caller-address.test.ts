import { describe, expect, it } from "vitest";
import { callerAddress } from "../../lab/vm/caller-address";
import { testServer } from "../support/test-server";

const page = (status: number, text: string) => testServer((_request, response) => response.writeHead(status).end(text));

describe("the address with which AWS sees this machine", () => {
  it("is what the page says", async () => {
    expect(await callerAddress((await page(200, "203.0.113.7\n")).url)).toBe("203.0.113.7");
  });

  it.each([
    [200, "<html>sign in</html>", 'answered "<html>sign in</html>", which is no IPv4 address'],
    [200, "2001:db8::1\n", 'answered "2001:db8::1", which is no IPv4 address'],
    [503, "busy", "answered 503"],
  ])("is not guessed if the page answers %i %j", async (status, text, problem) => {
    const { url } = await page(status, text);
    await expect(callerAddress(url)).rejects.toThrow(`${url} ${problem}`);
  });

  it("is not guessed if nobody answers", async () => {
    const { server, url } = await page(200, "");
    server.close();
    await expect(callerAddress(url)).rejects.toThrow(/ does not answer \(connect ECONNREFUSED/);
  });
});
