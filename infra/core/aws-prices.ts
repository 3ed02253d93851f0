/** The month from whose price list the table is. */
const AS_OF = "2025-11";

/** A month as AWS counts it for what it sells by the month. */
const HOURS_A_MONTH = 730;

/** USD an hour for a public IPv4 address, in use or not: the same in every region. */
const PUBLIC_ADDRESS = 0.005;

/** What is bought in a region, in USD. */
interface RegionPrices {
  /** By the hour: on demand, Linux, by instance type. */
  readonly instances: Readonly<Record<string, number>>;
  /** A GB of gp3 for a month. */
  readonly volume: number;
}

/** The prices of a region by size. */
function t3(
  small: number,
  medium: number,
  large: number,
  xlarge: number,
  twoXlarge: number,
): RegionPrices["instances"] {
  return {
    "t3.small": small,
    "t3.medium": medium,
    "t3.large": large,
    "t3.xlarge": xlarge,
    "t3.2xlarge": twoXlarge,
  };
}

/**
 * Typed from AWS's public price list for on-demand Linux instances, and never fetched: what AWS charges is AWS's to say. Taxes, traffic and
 * burst credits of T instances beyond their baseline come on top.
 */
const PRICES: Readonly<Record<string, RegionPrices>> = {
  "ap-northeast-1": { instances: t3(0.0272, 0.0544, 0.1088, 0.2176, 0.4352), volume: 0.096 },
  "ap-northeast-2": { instances: t3(0.026, 0.052, 0.104, 0.208, 0.416), volume: 0.0912 },
  "ap-southeast-1": { instances: t3(0.0264, 0.0528, 0.1056, 0.2112, 0.4224), volume: 0.096 },
  "eu-central-1": { instances: t3(0.024, 0.048, 0.096, 0.192, 0.384), volume: 0.0952 },
  "eu-west-1": { instances: t3(0.0228, 0.0456, 0.0912, 0.1824, 0.3648), volume: 0.088 },
  "us-east-1": { instances: t3(0.0208, 0.0416, 0.0832, 0.1664, 0.3328), volume: 0.08 },
  "us-east-2": { instances: t3(0.0208, 0.0416, 0.0832, 0.1664, 0.3328), volume: 0.08 },
  "us-west-2": { instances: t3(0.0208, 0.0416, 0.0832, 0.1664, 0.3328), volume: 0.08 },
};

/** What a lab rents. */
export interface Rented {
  readonly region: string;
  /** One for each instance, e.g. `t3.small`. */
  readonly instanceTypes: readonly string[];
  /** GiB of gp3, all volumes together. */
  readonly volumeGibibytes: number;
  readonly publicAddresses: number;
}

/** What it costs, in USD an hour, to a hundredth of a cent. */
export interface HourlyCost {
  /** While the instances run. */
  readonly perHour: number;
  /** While they are stopped: volumes and addresses only. */
  readonly stopped: number;
  readonly currency: "USD";
  /** Year and month of the prices. */
  readonly asOf: string;
  /** The region, or the instance types, of which the price is not known; it is in neither sum. */
  readonly unknown: readonly string[];
}

/** What a lab costs by the hour; a price that is not in the table is named and never guessed. */
export function hourlyCost({ region, instanceTypes, volumeGibibytes, publicAddresses }: Rented): HourlyCost {
  const prices = PRICES[region];
  const addresses = publicAddresses * PUBLIC_ADDRESS;
  const stopped = addresses + (volumeGibibytes * (prices?.volume ?? 0)) / HOURS_A_MONTH;
  const running = instanceTypes.reduce((sum, type) => sum + (prices?.instances[type] ?? 0), stopped);
  const unknown =
    prices === undefined ? [region] : instanceTypes.filter((type) => prices.instances[type] === undefined);
  return {
    perHour: rounded(running),
    stopped: rounded(stopped),
    currency: "USD",
    asOf: AS_OF,
    unknown: [...new Set(unknown)],
  };
}

function rounded(dollars: number): number {
  return Math.round(dollars * 1e4) / 1e4;
}

/** A cost in words, for people. */
export function describeCost({ perHour, stopped, currency, asOf, unknown }: HourlyCost): string {
  const rest = unknown.length === 0 ? "" : `, and what is not in the price table: ${unknown.join(", ")}`;
  return `about ${perHour} ${currency} an hour, ${stopped} while stopped (price list of ${asOf})${rest}`;
}
