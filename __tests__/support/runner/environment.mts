/**
 * jest's environment of a test file: this process itself. A context of its own would load every module again for every
 * file, which took more time than the tests (ADR 22), and slow down each access to a global.
 */
export default class ProcessEnvironment {
  readonly global = globalThis;
  /** No test mocks a module. */
  readonly moduleMocker = { restoreAllMocks: () => {} };
  readonly #console = globalThis.console;
  readonly #exit = process.exit.bind(process);

  async setup(): Promise<void> {}

  /** Takes back what jest itself has set for the file. */
  async teardown(): Promise<void> {
    globalThis.console = this.#console;
    process.exit = this.#exit;
  }

  getVmContext(): null {
    return null;
  }

  exportConditions(): readonly string[] {
    return ['node'];
  }
}
