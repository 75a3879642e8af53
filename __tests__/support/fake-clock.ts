import { setImmediate as turn } from 'node:timers';
import type { Clock } from '../../src/engine/execution.ts';

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

/**
 * Time that passes only during a sleep: when all other work has had its turn of the event loop, `now` jumps to the
 * earliest waking time and that one sleeper goes on. Parallel sleeps overlap as they would in real time.
 */
export class FakeClock implements Clock {
  /** The seconds of every sleep asked for, in the order of asking. */
  readonly slept: number[] = [];
  readonly #sleepers = new Set<Sleeper>();
  #time: number;
  #turning = false;
  #ahead = 0;

  constructor(start = '2026-01-01T00:00:00.000Z') {
    this.#time = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#time);
  }

  /** Sleepers that are not awake yet: 0 at the end of a test that leaves nothing behind. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Lets time pass without a sleep: for work that takes a while by itself. */
  advance(seconds: number): void {
    this.#time += seconds * 1000;
  }

  /** How far the servers say that this clock is behind. */
  behindMs(): number {
    return -this.#ahead;
  }

  /** The servers say from now on that this clock is days ahead. */
  contradict(days: number): void {
    this.#ahead = days * 86_400_000;
  }

  /** Is days ahead from now on, as the servers say. */
  goWrong(days: number): void {
    this.advance(days * 86_400);
    this.contradict(days);
  }

  async sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(seconds);
    signal?.throwIfAborted();
    return new Promise<void>((resolve, reject) => {
      const over = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        over();
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        wakesAt: this.#time + seconds * 1000,
        wake: () => {
          over();
          resolve();
        }
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
      this.#nextTurn();
    });
  }

  #nextTurn(): void {
    if (this.#turning || this.#sleepers.size === 0) return;
    this.#turning = true;
    turn(() => {
      this.#turning = false;
      const [first] = [...this.#sleepers].sort((a, b) => a.wakesAt - b.wakesAt);
      if (first !== undefined) {
        this.#time = Math.max(this.#time, first.wakesAt);
        first.wake();
      }
      this.#nextTurn();
    });
  }
}
