/** Memory of a class in GiB, by family and size; for warnings only. `undefined` for classes that are not known. */
export function memoryGib(instanceClass: string): number | undefined {
  const [, family = '', size = ''] = instanceClass.toLowerCase().split('.');
  const small = /^t\d/.test(family) ? BURSTABLE[size] : undefined;
  if (small !== undefined) return small;
  const perLarge = /^(?:t\d|m\d)/.test(family) ? 8 : /^r\d/.test(family) ? 16 : /^c\d/.test(family) ? 4 : undefined;
  const times =
    size === 'large' ? 1 : size === 'xlarge' ? 2 : Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? Number.NaN) * 2;
  return perLarge === undefined || Number.isNaN(times) ? undefined : perLarge * times;
}

const BURSTABLE: Readonly<Record<string, number>> = { micro: 1, small: 2, medium: 4 };
