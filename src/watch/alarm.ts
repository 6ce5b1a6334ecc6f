/** Rings once, at the earliest of the times that were asked for. */
export interface Alarm {
    /** In milliseconds from now; a ringing that is due sooner stands. */
    within(delay: number): void;
    stop(): void;
}

export function createAlarm(ring: () => void): Alarm {
    let timer: NodeJS.Timeout | undefined;
    /** By the monotonic clock. */
    let dueAt = Infinity;
    return {
        within(delay) {
            const at = performance.now() + delay;
            if (at >= dueAt) return;
            clearTimeout(timer);
            dueAt = at;
            timer = setTimeout(() => {
                dueAt = Infinity;
                ring();
            }, delay);
        },
        stop() {
            clearTimeout(timer);
            dueAt = Infinity;
        },
    };
}
