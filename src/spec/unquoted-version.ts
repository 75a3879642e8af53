/** The newest minor version of each major that has had ten. https://www.postgresql.org/support/versioning/ */
const NEWEST_MINORS: Readonly<Record<string, number>> = {
  '11': 22,
  '12': 22,
  '13': 23,
  '14': 23,
  '15': 18,
  '16': 14,
  '17': 10
};

/** What YAML may have made of a version: `16.10` without quotes is the number 16.1. `undefined` for any other. */
export function unquotedVersion(input: string, version: string): string | undefined {
  const [, major = '', minor = ''] = /^(\d{2})\.([1-9])$/.exec(version) ?? [];
  if (minor === '') return undefined;
  const meant = `${major}.${minor}0`;
  return Number(`${minor}0`) <= (NEWEST_MINORS[major] ?? 0)
    ? `YAML reads ${meant} without quotes as the number ${version}: if that is meant, write \`${input}: '${meant}'\`.`
    : undefined;
}
