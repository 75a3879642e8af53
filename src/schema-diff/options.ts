/** What follows ALTER TABLE or ALTER VIEW to bring one list of `name=value` to the other. */
export function optionChanges(before: readonly string[], after: readonly string[]): readonly string[] {
  const names = (options: readonly string[]): readonly string[] => options.map(option => option.split('=')[0] ?? '');
  const set = after.filter(option => !before.includes(option));
  const reset = names(before).filter(name => !names(after).includes(name));
  return [
    ...(set.length === 0 ? [] : [`SET (${set.join(', ')});`]),
    ...(reset.length === 0 ? [] : [`RESET (${reset.join(', ')});`])
  ];
}
