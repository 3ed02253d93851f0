import { describe, expect, it, vi } from "vitest";
import { credentialIssue, credentialIssueHere } from "../../lab/program/aws-credentials";

const SECRET = "wJalrXUtnFEMI";
const laptop = { home: "/home/student", systemVendor: "LENOVO" };
const instance = { ...laptop, systemVendor: "Amazon EC2" };
const CREDENTIALS = "/home/student/.aws/credentials";
const CONFIG = "/home/student/.aws/config";
const keys = (profile: string) =>
  `[${profile}]\naws_access_key_id = AKIA${SECRET}\naws_secret_access_key = ${SECRET}\n`;

function problem(
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
  machine = laptop,
): string | undefined {
  const issue = credentialIssue(env, (path) => files[path], machine);
  expect(issue?.key ?? "platform").toBe("platform");
  expect(issue?.problem ?? "").not.toContain(SECRET);
  return issue?.problem;
}

const LOOKED =
  "aws needs credentials, and none were found: neither AWS_ACCESS_KEY_ID nor AWS_PROFILE is set, and no default profile in ~/.aws/credentials or ~/.aws/config has any; run: aws configure, or set AWS_PROFILE";

describe("credentials of AWS", () => {
  it.each<[string, Record<string, string>, Record<string, string>?, typeof laptop?]>([
    ["a pair of keys", { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: SECRET }],
    ["a pair of keys by their older names", { AWS_ACCESS_KEY: "a", AWS_SECRET_KEY: SECRET }],
    [
      "a pair of keys, whatever the profile",
      { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: SECRET, AWS_PROFILE: "x" },
    ],
    ["the default profile", {}, { [CREDENTIALS]: keys("default") }],
    ["the default profile of config", {}, { [CONFIG]: "[default]\nregion = x\nsso_session = mine\n" }],
    ["its longer name", {}, { [CONFIG]: "[profile default]\ncredential_process = /bin/true\n" }],
    ["a profile", { AWS_PROFILE: "lab" }, { [CREDENTIALS]: `${keys("default")}\r\n${keys("lab")}` }],
    ["a profile by the older variable", { AWS_DEFAULT_PROFILE: "lab" }, { [CREDENTIALS]: keys("lab") }],
    ["a profile of config", { AWS_PROFILE: "lab" }, { [CONFIG]: "[profile lab]\nrole_arn = x\nsource_profile = y\n" }],
    [
      "a profile that has its region and its keys in two files",
      { AWS_PROFILE: "lab" },
      { [CONFIG]: "[profile lab]\nregion = us-east-1\n", [CREDENTIALS]: keys("lab") },
    ],
    ["a file elsewhere", { AWS_SHARED_CREDENTIALS_FILE: "/etc/aws" }, { "/etc/aws": keys("default") }],
    ["a file elsewhere at home", { AWS_CONFIG_FILE: "~/aws" }, { "/home/student/aws": keys("default") }],
    ["a token of an identity provider", { AWS_WEB_IDENTITY_TOKEN_FILE: "/token", AWS_ROLE_ARN: "arn:x" }],
    ["a container's role", { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" }],
    ["a container's role by address", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/x" }],
    ["perhaps an instance's role", {}, {}, instance],
  ])("are found in %s", (_, env, files, machine) => {
    expect(problem(env, files, machine)).toBeUndefined();
  });

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ["nothing is there", {}, {}, LOOKED],
    ["variables are empty", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_PROFILE: "" }, {}, LOOKED],
    ["half of an identity is there", { AWS_WEB_IDENTITY_TOKEN_FILE: "/token" }, {}, LOOKED],
    ["the default profile has a region alone", {}, { [CONFIG]: "[default]\nregion = us-east-1\n" }, LOOKED],
    [
      "there are other profiles",
      {},
      {
        [CREDENTIALS]: `${keys("lab")}${keys("work")}`,
        [CONFIG]: "[profile lab]\n[profile bare]\n[sso-session s]\nsso_start_url = x\n",
      },
      `${LOOKED} to one of lab, work`,
    ],
    [
      "the files are elsewhere",
      { AWS_SHARED_CREDENTIALS_FILE: "/c", AWS_CONFIG_FILE: "/d" },
      { [CREDENTIALS]: keys("default") },
      LOOKED.replace("~/.aws/credentials", "/c").replace("~/.aws/config", "/d"),
    ],
    [
      "the secret half is missing",
      { AWS_ACCESS_KEY_ID: SECRET },
      { [CREDENTIALS]: keys("default") },
      "aws needs credentials, and only half of a pair was found: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both or none",
    ],
    [
      "the other half is missing",
      { AWS_SECRET_ACCESS_KEY: SECRET, AWS_PROFILE: "lab" },
      {},
      "aws needs credentials, and only half of a pair was found: AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not; set both or none",
    ],
    [
      "a profile is named that is not there",
      { AWS_PROFILE: "lap" },
      { [CREDENTIALS]: keys("default"), [CONFIG]: "[profile lab]\nsso_session = s\n[sso-session s]\n" },
      'aws needs credentials, and AWS_PROFILE names the profile "lap", which is neither in ~/.aws/credentials nor in ~/.aws/config; write one of default, lab',
    ],
    [
      "a profile is named and there is none",
      { AWS_DEFAULT_PROFILE: "lab" },
      {},
      'aws needs credentials, and AWS_DEFAULT_PROFILE names the profile "lab", which is neither in ~/.aws/credentials nor in ~/.aws/config; run: aws configure --profile lab',
    ],
    [
      "a profile is named that has none",
      { AWS_PROFILE: "lab" },
      {
        [CONFIG]:
          "[profile lab]\nregion = us-east-1\ns3 =\n  aws_access_key_id = x\n#aws_access_key_id = x\naws_access_key_id =\n",
      },
      'aws needs credentials, and the profile "lab" of AWS_PROFILE has none in ~/.aws/credentials or ~/.aws/config; run: aws configure --profile lab',
    ],
  ])("are missed if %s", (_, env, files, expected) => {
    expect(problem(env, files)).toBe(expected);
  });

  it("are missed on an instance that is told not to ask for its role", () => {
    expect(problem({ AWS_EC2_METADATA_DISABLED: "true" }, {}, instance)).toBe(LOOKED);
  });

  it("are looked for in this process and on this machine", () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "");
    vi.stubEnv("AWS_ACCESS_KEY", "");
    vi.stubEnv("AWS_SECRET_KEY", "");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
    expect(credentialIssueHere()?.problem).toContain("only half of a pair was found");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "a");
    expect(credentialIssueHere()).toBeUndefined();
    vi.unstubAllEnvs();
  });
});
