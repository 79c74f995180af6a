/**
 * Sends signals one after another. The server delivers two that are under way in any order, so a child
 * that is paused and resumed at once could stay paused for ever.
 */
export class SignalOrder {
  #last: Promise<void> = Promise.resolve();

  /** Settles when everything before was delivered, or could not be. */
  get sent(): Promise<void> {
    return this.#last;
  }

  /** Sends once everything before was delivered, or could not be. */
  async send(signal: () => Promise<unknown>): Promise<void> {
    const sent = this.#last.then(signal);
    this.#last = sent.then(() => {}, () => {}); // who sent it is told of the failure
    await sent;
  }
}
