import type { Container } from '../model/container';

/**
 * `running`, `running (healthy)`, `exited (137)`: the engine's status without its ages. A row that says `Up 17 seconds`
 * would have to be drawn again every second, and a row that is drawn again can lose a click.
 */
export function stateOf({ state, status }: Container): string {
    const aside = /\(([^)]{1,40})\)/.exec(status)?.[1];
    const word = state === 'unknown' ? status : state;
    return aside === undefined || aside.toLowerCase() === word ? word : `${word} (${aside})`;
}
