/** MiB of storage that comes with a size, and that it can have. */
interface Size {
  readonly slug: string;
  readonly memoryGib: number;
  readonly vcpus: number;
  readonly nodes: readonly number[];
  readonly storage: readonly [number, number];
}

const GIB = 1024;

export const SIZES: readonly Size[] = [
  ['db-s-1vcpu-1gb', 1, 1, [1], 10, 20],
  ['db-s-1vcpu-2gb', 2, 1, [1, 2, 3], 30, 50],
  ['db-s-2vcpu-4gb', 4, 2, [1, 2, 3], 60, 120],
  ['db-s-4vcpu-8gb', 8, 4, [1, 2, 3], 140, 240],
  ['db-s-8vcpu-32gb', 32, 8, [1, 2, 3], 580, 1000],
  ['db-amd-2vcpu-8gb', 8, 2, [1, 2, 3], 100, 200],
  ['gd-2vcpu-8gb', 8, 2, [1, 2, 3], 30, 80],
  ['gd-4vcpu-16gb', 16, 4, [1, 2, 3], 60, 160],
  ['so1_5-2vcpu-16gb', 16, 2, [1, 2, 3], 400, 800]
].map(([slug, memory, vcpus, nodes, least, most]) => ({
  slug: String(slug),
  memoryGib: Number(memory),
  vcpus: Number(vcpus),
  nodes: nodes as readonly number[],
  storage: [Number(least) * GIB, Number(most) * GIB]
}));

export const REGIONS: readonly string[] = ['ams3', 'fra1', 'nyc1', 'nyc3', 'sfo3'];

export const VERSIONS: readonly string[] = ['14', '15', '16', '17', '18'];

/** Networks of the team by their region. */
export const NETWORKS: Readonly<Record<string, string>> = {
  '1b7a9c3e-0000-4000-8000-00000000f00d': 'nyc3',
  '5c1e0d6a-0000-4000-8000-00000000beef': 'nyc3',
  '1b7a9c3e-0000-4000-8000-00000000beef': 'fra1'
};

export function sizeCalled(slug: string): Size | undefined {
  return SIZES.find(size => size.slug === slug);
}
