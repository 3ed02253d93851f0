import type { Check, Expectation, Obstacle } from "../../infra/core/check";
import { here } from "./check-commands";
import type { AccessUrl } from "../program/outputs";

/** What the add-ons of a lab are to know of it. */
export interface AddonSubjects {
  /** Where the study notes look at them. */
  readonly source: string;
  /** What Prometheus scrapes, in words, and how many proxies are among it at least, up to 9. */
  readonly scraped: string;
  readonly proxies: number;
  /** Namespaces that Kiali shows. */
  readonly namespaces: readonly string[];
  /** Bash that makes the calls after which `tracing` knows the services, e.g. `webapp.istioinaction`. */
  readonly calls: string;
  readonly services: readonly string[];
  /** What may keep them from being called. */
  readonly obstacle?: Obstacle;
}

const DASHBOARDS = ["Control Plane", "Mesh", "Service", "Workload"].map((name) => `Istio ${name} Dashboard`);

/** A body, or exit code 22 if the answer is an error. */
const GET = "curl --silent --fail --max-time 5";

/** Metrics of which there is one for each proxy, istiod and Prometheus that is scraped, whatever the scrape's job is called. */
const METRICS = { istiod: "pilot_info", prometheus: "prometheus_build_info", proxies: "envoy_server_live == 1" };

const SCRAPED = Object.entries(METRICS)
  .map(([what, metric]) => `label_replace(count(${metric}), "what", "${what}", "", "")`)
  .join(" or ");

/** Makes `what=number`, a line each, of Prometheus' answer. */
const COUNTS = `grep -oE '"what":"[a-z]+"},"value":\\[[0-9.]+,"[0-9]+"' | sed -E 's/"what":"([a-z]+)".*"([0-9]+)"$/\\1=\\2/' | sort`;

/** Checks of each add-on that a lab's outputs list. */
export function addonChecks(urls: readonly Pick<AccessUrl, "name" | "url">[], subjects: AddonSubjects): Check[] {
  return urls.flatMap(({ name, url }) => {
    const check = CHECKS[name]?.(url, subjects);
    return check === undefined ? [] : [{ source: subjects.source, ...check }];
  });
}

/** The texts of a field in JSON, a line each. */
function texts(field: string, pattern: string): string {
  return `grep -oE '"${field}":"${pattern}"' | cut -d '"' -f 4 | LC_ALL=C sort -u`;
}

/** Names with a namespace out of a list in JSON: those of collectors themselves have none. */
const SERVICES = `grep -oE '"[a-z0-9-]+\\.[a-z0-9-]+"' | tr -d '"' | LC_ALL=C sort -u`;

/** Lines that are all there, whatever stands between them. */
function allOf(lines: readonly string[]): Expectation {
  const patterns = [...lines].sort().map((line) => `^${line.replaceAll(".", "\\.")}$`);
  return { stdout: new RegExp(patterns.join("[^]*"), "m"), words: lines.join(", ") };
}

/** Jaeger answers what it does not know with its page, so it cannot be asked who it is. */
function isJaeger(url: string): boolean {
  return new URL(url).pathname === "/jaeger";
}

type AddonCheck = (url: string, subjects: AddonSubjects) => Omit<Check, "source">;

const CHECKS: Readonly<Record<string, AddonCheck>> = {
  prometheus: (url, { scraped, proxies }) => ({
    name: "prometheus-scrapes",
    shows: `Prometheus scrapes ${scraped}`,
    command: here(`${GET} '${url}/api/v1/query' --data-urlencode 'query=${SCRAPED}' | ${COUNTS}`),
    expect: {
      stdout: new RegExp(`^istiod=[1-9]\\nprometheus=[1-9]\\nproxies=([${proxies}-9]|\\d\\d+)$`),
      words: `istiod=1, prometheus=1, proxies=${proxies} or more`,
    },
    deadlineSeconds: 40,
  }),
  grafana: (url) => ({
    name: "grafana-dashboards",
    shows: "Grafana has Istio's dashboards",
    command: here(`${GET} '${url}/api/search?type=dash-db' | ${texts("title", 'Istio [^"]*')}`),
    expect: allOf(DASHBOARDS),
    deadlineSeconds: 60,
  }),
  kiali: (url, { namespaces }) => ({
    name: "kiali-namespaces",
    shows: "Kiali reads the cluster, and shows its namespaces",
    command: here(`${GET} '${url}/kiali/api/namespaces' | ${texts("name", '[^"]*')}`),
    expect: allOf(namespaces),
    deadlineSeconds: 60,
  }),
  tracing: (url, { calls, services, obstacle }) => ({
    name: "tracing-knows-services",
    shows: "every proxy on the way of a request tells of it: tracing knows the services",
    command: here(`${calls}\n${GET} '${url}${isJaeger(url) ? "/api/services" : "/api/v2/services"}' | ${SERVICES}`),
    expect: allOf(services),
    deadlineSeconds: 60,
    ...(obstacle === undefined ? {} : { obstacle }),
  }),
  "kube-ops-view": (url) => ({
    name: "kube-ops-view-answers",
    shows: "kube-ops-view shows the nodes",
    command: here(`${GET} '${url}/health'`),
    expect: {},
    deadlineSeconds: 60,
  }),
};
