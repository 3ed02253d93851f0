import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "./child-options";
import { LocalRunner } from "./runner";

/** What has to answer. */
export interface UrlAnswersArgs {
  readonly url: pulumi.Input<string>;
  /** Value of the `Host` header. */
  readonly hostName: string;
  /** What stands behind the URL: with another, the question is asked again. */
  readonly identity: readonly pulumi.Input<unknown>[];
}

/** Ready once a URL answers 200 from this machine. Child: `<name>-wait`. */
export class UrlAnswers extends pulumi.ComponentResource {
  /** The URL; resolves once it answers. */
  public readonly url: pulumi.Output<string>;

  public constructor(name: string, args: UrlAnswersArgs, options?: pulumi.ComponentResourceOptions) {
    super("istio-lab:exec:UrlAnswers", name, {}, options);
    const wait = new LocalRunner().step(
      `${name}-wait`,
      {
        create: "url-answers.sh",
        environment: { URL: args.url, HOST_NAME: args.hostName },
        identity: args.identity,
      },
      childOptions(this, options),
    );
    this.url = pulumi.all([args.url, wait.id]).apply(([url]) => url);
    this.registerOutputs({ url: this.url });
  }
}
