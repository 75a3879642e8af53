/** Runs the demo where it can run. What is in its way is told in a sentence: no stack helps a newcomer. */
const NEEDED_MAJOR = 24;

process.once('uncaughtException', stop);
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED_MAJOR) {
  stop(
    new Error(
      `it needs Node ${NEEDED_MAJOR}, and this is ${process.versions.node}. Run \`npm ci\`, which installs one.`
    )
  );
}
await import('./demo.mts').catch(stop);

/** @param {Error & { readonly code?: string }} reason */
function stop({ code, message }) {
  const hint = code === 'ERR_MODULE_NOT_FOUND' ? '. Run `npm ci` first.' : '';
  process.stderr.write(`\nThe demo could not go on: ${message}${hint}\n`);
  process.exit(1);
}
