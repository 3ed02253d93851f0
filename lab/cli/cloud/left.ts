import type { Session } from "../pulumi/session";
import { UserError } from "../ui/user-error";
import { awaitEmpty } from "./inventory";
import type { CloudPlace } from "./state";

/** What a tag query has found after a destroy. */
export interface AwsLeft {
  readonly region: string;
  readonly tags: string;
  readonly left: number;
}

/**
 * Asks AWS what it has of the stack, until the answer is empty.
 * @throws UserError that names what AWS still has
 */
export async function assertNothingLeft(session: Session, place: CloudPlace): Promise<AwsLeft> {
  const { resources } = await awaitEmpty(session, place);
  if (resources.length > 0) {
    const list = resources.map(({ arn, tags }) => `${arn} (${tags["Name"] ?? ""})`);
    throw new UserError(`stack ${session.stack}: AWS still has, and bills:\n${list.join("\n")}`);
  }
  return { region: place.region, tags: tagText(place), left: resources.length };
}

/** The tags as `key=value, key=value`. */
export function tagText({ tags }: CloudPlace): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}
