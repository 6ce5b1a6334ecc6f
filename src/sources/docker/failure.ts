import type { Gap } from '../../model/gap';
import { NoAnswer, singleFlight } from '../hanging-files';
import type { Address, TcpAddress } from './address';
import { ProtocolError, StatusError } from './connection';
import type { Outcome } from './deadline';
import type { DockerEndpoint } from './endpoint';
import { SshError } from './ssh';
import { explainNoSsh, explainSsh, isForbiddenBySsh } from './ssh-failure';
import { explainForbidden, explainNobodyListens, explainNoSocket } from './socket-failure';

/** What failed, why, and what to do about it. */
export type Explanation = Pick<Gap, 'reason' | 'detail' | 'help' | 'remedy' | 'command'>;

/**
 * Turns whatever went wrong into words; it may look at the socket's file, and at those that tell how Docker is started
 * here, to find the real cause. They may be on a mount that hangs: then the words are simpler.
 */
export async function gapOf(
    outcome: Exclude<Outcome<unknown>, { readonly kind: 'done' }>,
    endpoint: DockerEndpoint,
    /** What was wanted, for example `the list of containers`. */
    wanted: string,
    milliseconds: number,
): Promise<Gap> {
    const source = `docker ${endpoint.endpoint}`;
    switch (outcome.kind) {
        case 'late':
            return { source, ...explainLate(wanted, milliseconds) };
        case 'cancelled':
            return {
                source,
                reason: 'gone',
                detail: `nobody waits for ${wanted} any more`,
                help: 'Look again',
            };
        case 'failed':
            return { source, ...(await explain(outcome.error, endpoint.address, wanted)) };
    }
}

function explainWithoutFiles(error: unknown): Explanation {
    const { reason, detail, help } = explainHangUp(codeOf(error), error);
    return {
        reason: isForbidden(error) ? 'forbidden' : reason,
        detail: `${detail}; the files that would tell why do not answer`,
        help,
    };
}

export function malformedGap(endpoint: DockerEndpoint, wanted: string, problem: string): Gap {
    return { source: `docker ${endpoint.endpoint}`, ...explainMalformed(wanted, problem) };
}

/** Whether asking again soon is pointless: only a person can change it. */
export function isForbidden(error: unknown): boolean {
    if (error instanceof SshError) {
        return isForbiddenBySsh(error.said);
    }
    return error instanceof StatusError
        ? forbiddenStatuses.includes(error.status)
        : ['EACCES', 'EPERM'].includes(codeOf(error));
}

const forbiddenStatuses: readonly number[] = [401, 403, 407];

function explainLate(wanted: string, milliseconds: number): Explanation {
    return {
        reason: 'timeout',
        detail: `no answer within ${milliseconds / 1000} s to the question for ${wanted}`,
        help: 'The daemon is starting, overloaded or stopped in mid-work; it is asked again by itself',
    };
}

function explainMalformed(wanted: string, problem: string): Explanation {
    return {
        reason: 'malformed',
        detail: `unexpected answer to the question for ${wanted}: ${problem}`,
        help: 'Check that a Docker daemon listens there, and what its log says; it is asked again by itself',
    };
}

async function explain(error: unknown, address: Address, wanted: string): Promise<Explanation> {
    if (error instanceof StatusError) {
        return explainStatus(error, wanted);
    }
    const code = codeOf(error);
    if (error instanceof ProtocolError || code.startsWith('HPE_')) {
        return explainMalformed(wanted, code.startsWith('HPE_') ? 'it is not HTTP' : (error as Error).message);
    }
    if (address.kind === 'tcp') {
        return explainTcp(code, error, address);
    }
    if (address.kind === 'ssh') {
        if (error instanceof SshError) {
            return explainSsh(error, address);
        }
        return code === 'ENOENT' ? explainNoSsh() : explainHangUp(code, error);
    }
    if (code === 'EAGAIN') {
        return {
            reason: 'unreachable',
            detail: `too many connections already wait for an answer on ${address.path}`,
            help: 'The daemon accepts nothing any more: look at its log, or restart it',
        };
    }
    const explainByFiles = explainers.get(code);
    return explainByFiles
        ? explainByFiles(address.path).catch(() => explainWithoutFiles(error))
        : explainHangUp(code, error);
}

const explainAbsence = singleFlight(explainNoSocket);
const explainSilence = singleFlight(explainNobodyListens);
const explainRefusal = singleFlight(explainForbidden);

/** By what connecting to a socket says; the rest is told by files. */
const explainers: ReadonlyMap<string, (path: string) => Promise<Explanation>> = new Map([
    ['ENOENT', explainAbsence],
    ['ENOTDIR', explainAbsence],
    ['ECONNREFUSED', explainSilence],
    ['ENOTSOCK', explainSilence],
    ['EACCES', explainRefusal],
    ['EPERM', explainRefusal],
]);

function explainStatus({ status, said }: StatusError, wanted: string): Explanation {
    if (status === 400 && /client version \S+ is too (new|old)/i.test(said)) {
        return {
            reason: 'unsupported',
            detail: `the versions of the API do not match: ${said}`,
            help: 'Update the daemon, or the proxy in front of it',
        };
    }
    if (status === 400 && /HTTPS server/i.test(said)) {
        return {
            reason: 'unsupported',
            detail: 'the daemon wants TLS',
            help: 'Set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or make a docker context with its certificates',
        };
    }
    if (forbiddenStatuses.includes(status)) {
        return {
            reason: 'forbidden',
            detail: `${wanted} is refused with status ${status}: ${said}`,
            help: 'An authorisation plugin or a proxy in front of the daemon decides this: allow GET for containers, events, info and version',
        };
    }
    if (status === 404) {
        return {
            reason: 'gone',
            detail: `${wanted} is not there: ${said}`,
            help: 'Refresh; if this stays, check that it is a Docker daemon that listens there',
        };
    }
    if (status >= 300 && status < 400) {
        return explainMalformed(wanted, `it redirects elsewhere (status ${status}), which is never followed`);
    }
    return {
        reason: 'unreachable',
        detail: `the daemon could not tell ${wanted}, status ${status}: ${said}`,
        help: "Look at the daemon's log; it is asked again by itself",
    };
}

function explainTcp(code: string, error: unknown, { host, port, tls }: TcpAddress): Explanation {
    const at = `${host}:${port}`;
    if (error instanceof NoAnswer) {
        return {
            reason: 'unreachable',
            detail: `the certificates cannot be read: ${error.message}`,
            help: 'It may be on a network that is away, and is asked again by itself; else correct DOCKER_CERT_PATH, or the docker context',
        };
    }
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
        const { path } = error as NodeJS.ErrnoException;
        return {
            reason: code === 'EACCES' ? 'forbidden' : 'unsupported',
            detail: `the certificate file ${path ?? ''} cannot be read (${code})`,
            help: 'Correct DOCKER_CERT_PATH, or the docker context',
        };
    }
    if (code === 'ECONNREFUSED') {
        return {
            reason: 'unreachable',
            detail: `nothing listens on ${at}`,
            help: 'Start the daemon there with a tcp:// address, or correct the endpoint',
        };
    }
    if (['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(code)) {
        return {
            reason: 'unreachable',
            detail: `${host} cannot be reached (${code})`,
            help: 'Check the name and the network; proxies of the environment are not used for this',
        };
    }
    if (tls && (code.includes('CERT') || code.includes('SSL') || code.includes('TLS') || code === 'EPROTO')) {
        return {
            reason: code === 'EPROTO' ? 'unsupported' : 'forbidden',
            detail: `no TLS connection to ${at} (${code}): ${messageOf(error)}`,
            help: 'Check the certificates in DOCKER_CERT_PATH or in the docker context, and that the daemon wants TLS',
        };
    }
    return explainHangUp(code, error);
}

function explainHangUp(code: string, error: unknown): Explanation {
    return {
        reason: 'unreachable',
        detail:
            code === 'ECONNRESET' || code === 'EPIPE'
                ? 'the daemon closed the connection without an answer'
                : `the connection failed: ${messageOf(error)}`,
        help: 'The daemon may be stopping or starting: look at its log; it is asked again by itself',
    };
}

export function codeOf(error: unknown): string {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    return typeof code === 'string' ? code : '';
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
