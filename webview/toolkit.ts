/** The controls. The one file that knows @vscode/webview-ui-toolkit, which is no longer developed. */
import {
    provideVSCodeDesignSystem,
    vsCodeButton,
    vsCodeDropdown,
    vsCodeOption,
    vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { html, svg, type TemplateResult } from 'lit-html';

/** Once, while the document is still loading: the toolkit reads the theme at `window.load`. */
export function registerControls(): void {
    provideVSCodeDesignSystem()
        .withPrefix('runtime')
        .register(vsCodeButton(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());
}

export interface Button {
    /** What it does, for tooltips and screen readers. */
    readonly label: string;
    /** A line drawing in a box of 16 by 16. */
    readonly drawing: string;
    readonly disabled?: boolean;
    readonly onPress: () => void;
}

export function button({ label, drawing, disabled, onPress }: Button): TemplateResult {
    return html`<runtime-button
        appearance="icon"
        title=${label}
        aria-label=${label}
        ?disabled=${disabled ?? false}
        @click=${onPress}
    >
        <svg class="tool" viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${drawing}></path>`}</svg>
    </runtime-button>`;
}

export interface Dropdown<Choice extends string> {
    readonly label: string;
    readonly choices: readonly { readonly value: Choice; readonly text: string }[];
    readonly value: Choice;
    readonly onChoose: (value: Choice) => void;
}

export function dropdown<Choice extends string>(choice: Dropdown<Choice>): TemplateResult {
    const changed = (event: Event): void => {
        const { value } = event.target as HTMLSelectElement;
        const chosen = choice.choices.find((one) => one.value === value);
        if (chosen && chosen.value !== choice.value) {
            choice.onChoose(chosen.value);
        }
    };
    return html`<runtime-dropdown
        aria-label=${choice.label}
        title=${choice.label}
        .value=${choice.value}
        @change=${changed}
    >
        ${choice.choices.map(
            ({ value, text }) =>
                html`<runtime-option value=${value} ?selected=${value === choice.value}>${text}</runtime-option>`,
        )}
    </runtime-dropdown>`;
}

export interface TextField {
    readonly name: string;
    readonly label: string;
    readonly placeholder: string;
    readonly value: string;
    /** Shown at the end of the field, and spoken when it changes. */
    readonly status: string;
    readonly onInput: (value: string) => void;
    readonly onKey: (event: KeyboardEvent) => void;
}

export function textField({ name, label, placeholder, value, status, onInput, onKey }: TextField): TemplateResult {
    return html`<runtime-text-field
        id=${name}
        aria-label=${label}
        placeholder=${placeholder}
        maxlength="200"
        .value=${value}
        @input=${(event: Event) => onInput((event.target as HTMLInputElement).value)}
        @keydown=${onKey}
        ><span slot="end" role="status">${status}</span></runtime-text-field
    >`;
}
