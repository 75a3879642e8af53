/** The folder of a file of `src`, given relative to it: `engine`, `providers`, `providers/*`. */
export function folderOf(file: string): string;
/** Why `file` may not import `specifier`; `undefined` when it may. */
export function refusalOf(file: string, specifier: string): string | undefined;
