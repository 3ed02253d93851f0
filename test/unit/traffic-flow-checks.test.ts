import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { unmet } from "../../lab/cli/verify/expectation";
import type { LabOutputs } from "../../lab/program/outputs";
import { trafficFlowCheckSuite } from "../../lab/traffic-flow/checks";
import { FakeBin } from "../support/fake-bin";
import { loginOf, TO_HOST } from "../support/login";

const outputs: LabOutputs = {
  ...{ lab: "traffic-flow", platform: "local", versions: {}, unavailable: [], nextSteps: [] },
  urls: [{ name: "nginx", url: "http://127.0.0.1:32000/", host: "www.gasida.dev", curl: "", shows: "" }],
  clusters: [{ name: "myk8s", context: "kind-c", kubeconfigFile: "/k", node: "the-node", gateways: [] }],
  hosts: [{ name: "testpc", address: "172.19.0.3", login: loginOf("testpc") }],
  network: { name: "n", cidr: "172.19.0.0/16", loadBalancerPool: "", note: "" },
};
const { observations } = trafficFlowCheckSuite(outputs);

/** What programs the node and the pods have, and the ways to them. */
const PLACES = {
  kubectl: `case "$*" in
    *metadata.uid*) printf a-b-c ;;
    *podIP*) printf 10.10.0.7 ;;
    *clusterIP*) printf 10.200.1.9 ;;
    *" logs nginx-pod --container istio-proxy "*) echo '"GET / HTTP/1.1" 200 "172.19.0.3:80" PassthroughCluster' ;;
    *" logs "*) printf '172.19.0.2 says %s\\n"172.19.0.3" "%s" x 172.19.0.3:5 - x\\n' other "$(cat "$FOLDER/mark")" ;;
  esac`,
  docker: `while [ "$1" != the-node ]; do shift; done; shift; exec "$@"`,
  grep: `case "$*" in *files-with-matches*"poda[-_]b[-_]c"*) echo /proc/77/cgroup ;; *) exec /usr/bin/env -i PATH=/usr/bin:/bin grep "$@" ;; esac`,
  nsenter: `[ "$1 $2 $3" = "--net --target 77" ] || exit 1; shift 3; exec "$@"`,
  curl: `printf 200; case "$*" in *'\\n'*) echo ;; esac`,
  "iptables-legacy-save": "true",
};

const CHAINS = `-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp -m tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001`;
const socket = (port: number) => `LISTEN 0 4096 0.0.0.0:${port} 0.0.0.0:* users:(("envoy",pid=9,fd=3)) uid:1337 ino:5`;
const entered =
  "tcp 6 9 TIME_WAIT src=10.10.0.1 dst=10.10.0.7 sport=4 dport=80 src=10.10.0.7 dst=10.10.0.1 sport=15006";
const left =
  "tcp 6 9 TIME_WAIT src=10.10.0.7 dst=10.200.1.9 sport=4 dport=9080 src=127.0.0.1 dst=10.10.0.7 sport=15001";
const says = (text: string) => `cat <<'SAID'\n${text}\nSAID`;

describe("a check of the traffic-flow lab", () => {
  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ["sidecar-chains", { "iptables-nft-save": says(CHAINS) }, true],
    ["sidecar-chains", { "iptables-nft-save": says(CHAINS.replace("OUTPUT -j", "OUTPUT -p tcp -j")) }, true],
    ["sidecar-chains", { "iptables-nft-save": says(CHAINS.replace("15006", "15007")) }, false],
    ["envoy-listens", { ss: says(`${socket(15006)}\n${socket(15001)}`) }, true],
    ["envoy-listens", { ss: says(socket(15006)) }, false],
    ["requests-enter-on-15006", { conntrack: says(`${entered} dport=4 [ASSURED]`) }, true],
    ["requests-enter-on-15006", { conntrack: says(`${entered.replace("15006", "80")} dport=4`) }, false],
    [
      "requests-leave-on-15001",
      { conntrack: `[[ $* == *"--orig-dst 10.200.1.9"* ]] && ${says(`${left} dport=4`)}` },
      true,
    ],
    ["requests-leave-on-15001", { conntrack: says(`${left.replace("127.0.0.1", "10.10.0.9")} dport=4`) }, false],
    ["outside-is-passed-through", {}, true],
    ["outside-is-passed-through", { curl: "printf 000; echo; exit 7" }, false],
    ["gateway-sees-client", {}, true],
    ["gateway-sees-client", { ssh: "echo other >$FOLDER/mark" }, false],
  ])("%s reads %j", (name, programs, holds) => {
    const { command, expect: wanted } = observations.find((one) => one.name === name)!;
    const ssh = `${TO_HOST}[[ $2 =~ --user-agent\\ ([^ ]+)\\ http://www.gasida.dev:30000/$ ]] && echo "\${BASH_REMATCH[1]}" >"$FOLDER/mark"`;
    const bin = new FakeBin({ ...PLACES, ssh, ...programs });
    const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-euo", "pipefail", "-c", command.run], {
      env: bin.environment,
      encoding: "utf8",
    });
    const problems = unmet(wanted, { exitCode: status, stdout, stderr, timedOut: false });
    expect(problems.length === 0, `${stdout}${stderr}`).toBe(holds);
  });
});
