import { parseEndpoint } from "./observe/endpoint";
import type { ClientAnswer } from "./walk";

/** What curl prints with `--write-out '%{json}'`, as much of it as is used. */
interface CurlReport {
  readonly http_code: number;
  readonly local_ip: string;
  readonly local_port: number;
  readonly remote_ip: string;
  readonly remote_port: number;
  readonly time_total: number;
  readonly errormsg: string | null;
}

/** Reads what the client's curl printed. */
export function readAnswer(text: string): ClientAnswer {
  let report: CurlReport;
  try {
    report = JSON.parse(text) as CurlReport;
  } catch {
    return { status: 0, total: 0, problem: "curl said nothing" };
  }
  const source = parseEndpoint(`${report.local_ip}:${report.local_port}`);
  const destination = parseEndpoint(`${report.remote_ip}:${report.remote_port}`);
  return {
    status: report.http_code,
    total: report.time_total,
    ...(source && destination ? { connection: { source, destination } } : {}),
    ...(report.errormsg ? { problem: report.errormsg } : {}),
  };
}
