/**
 * Whether a value is among those that a cloud allows for a parameter: `1-262143`, `0,1`, `none,ddl,mod,all`; several
 * ranges are separated by commas. `isList`: the value is a list of such. The cloud judges the rest. Pure.
 */
export function isAllowed(value: string, allowed: string, isList: boolean): boolean {
  if (allowed === '' || /[{(]/.test(value)) return true;
  const parts = allowed.split(',').map(part => part.trim());
  if (parts.includes(value)) return true;
  const number = Number(value);
  const ranges = parts.flatMap(part => {
    const range = /^(-?[\d.]+)-(-?[\d.]+)$/.exec(part);
    return range === null ? [] : [[Number(range[1]), Number(range[2])] as const];
  });
  if (ranges.length > 0 && !Number.isNaN(number))
    return ranges.some(([least, most]) => number >= least && number <= most);
  if (isList) return value.split(',').every(item => parts.includes(item.trim()));
  return ranges.length === 0 && parts.length < 2;
}
