import * as vscode from 'vscode';
import { visible } from '../present/plain-text';
import { withoutLinks } from './markdown';

/** What every notification says passes through here: the workbench would make links of what strangers wrote in it. */
export function inform(sentence: string): void {
    void vscode.window.showInformationMessage(plainWords(sentence));
}

export function warnOfFailure(sentence: string): void {
    void vscode.window.showErrorMessage(plainWords(sentence));
}

/** In a dialog of its own, since it is longer than a notification may be. */
export function explain(title: string, paragraphs: readonly string[]): void {
    const detail = paragraphs.map(plainWords).join('\n\n');
    void vscode.window.showInformationMessage(title, { modal: true, detail });
}

/** In a dialog of its own, before something is done that needs a person's word. */
export async function confirm(question: string, detail: string, yes: string): Promise<boolean> {
    const options = { modal: true, detail: plainWords(detail) };
    return (await vscode.window.showWarningMessage(plainWords(question), options, yes)) === yes;
}

/** The workbench also shows the message of an error that a command throws. */
export function plainWords(text: string): string {
    return withoutLinks(visible(text, 1000));
}
