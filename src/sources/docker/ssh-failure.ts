import type { SshAddress } from './address';
import type { Explanation } from './failure';
import type { SshError } from './ssh';

/** What went wrong on the way to another machine, or there. */
export function explainSsh({ status, said }: SshError, address: SshAddress): Explanation {
    const there = address.user === undefined ? address.host : `${address.user}@${address.host}`;
    const detail = `ssh ${there}: ${said}`;
    if (isForbiddenBySsh(said)) {
        return {
            reason: 'forbidden',
            detail,
            help: `Run ssh ${there} docker ps in a terminal until it works without a question: check the host's key, load your own into ssh-agent, and see that you may use Docker there`,
        };
    }
    if (status === 127 || /not found|is not a docker command/i.test(said)) {
        return {
            reason: 'unsupported',
            detail,
            help: 'Install the docker client on that machine, or put it on the PATH of a login without a terminal',
        };
    }
    return {
        reason: 'unreachable',
        detail,
        help: `Try ssh ${there} docker ps in a terminal; it is asked again by itself`,
    };
}

export function explainNoSsh(): Explanation {
    return {
        reason: 'unsupported',
        detail: 'there is no ssh program on the PATH',
        help: 'Install an ssh client (on Debian or Ubuntu: openssh-client), or name another endpoint in the settings',
    };
}

/** Words of ssh(1) and of the docker client; only a person can change what they tell of. */
export function isForbiddenBySsh(said: string): boolean {
    return /permission denied|host key verification failed|host identification has changed|too many authentication/i.test(
        said,
    );
}
