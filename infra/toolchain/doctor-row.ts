/** One line of the doctor's table. */
export interface DoctorRow {
  readonly kind: "tool" | "image" | "file" | "machine";
  readonly name: string;
  readonly wanted: string;
  readonly found: string;
  /** Where it comes from: `machine`, `official`, `registry`; empty for what is no tool or image. */
  readonly source: string;
  readonly path: string;
  /** `fail`: the labs cannot run; `warn`: some cannot, or not yet. */
  readonly level: "ok" | "warn" | "fail";
  /** The exact command that repairs it; only if it is not ok. */
  readonly fix?: string;
}
