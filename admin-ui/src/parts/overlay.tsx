// What lies above the page: dialogs, menus, toasts. There is one menu at most; it stands in the top
// layer, so that no table cuts it off, and gives the focus back to who opened it.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { question } from '../data/actions';
import { dismiss, toasts, type Toast } from '../data/toasts';
import { Icon } from './icon';

export function Modal(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Not an effect: those run a while after the dialog is drawn, and after it is gone; keys that are
  // pressed meanwhile would be nobody's.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = ref.current!;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={props.wide ? 'modal wide' : 'modal'}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        props.onClose();
      }}
    >
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** The question before a risky change. Its safe answer has the focus. */
export function QuestionHost() {
  const q = question.value;
  if (!q) return null;
  return (
    <Modal title={q.title} onClose={() => q.answer(false)}>
      <ul class="risks">
        {q.risks.map((risk) => (
          <li key={risk.target + risk.code}>
            <Icon name="warn" /> {risk.text}
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" autofocus onClick={() => q.answer(false)}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={() => q.answer(true)}>
          {q.confirm}
        </button>
      </div>
    </Modal>
  );
}

export interface Item {
  label: string;
  hint?: string;
  run: () => void;
  disabled?: boolean;
  danger?: boolean;
  /** A line above this item. */
  apart?: boolean;
}

interface OpenMenu {
  label: string;
  items: Item[];
  opener: HTMLElement;
}

const menu = signal<OpenMenu | null>(null);

export function openMenu(label: string, items: Item[], opener: HTMLElement): void {
  menu.value = menu.value?.opener === opener ? null : { label, items, opener };
}

export function closeMenu(focus = true): void {
  const open = menu.value;
  menu.value = null;
  if (focus && open?.opener.isConnected) open.opener.focus();
}

export function MenuHost() {
  const open = menu.value;
  return open ? <Menu key={open.label} {...open} /> : null;
}

function place(element: HTMLElement, opener: HTMLElement): void {
  const from = opener.getBoundingClientRect();
  const own = element.getBoundingClientRect();
  const left = Math.max(8, Math.min(from.right - own.width, innerWidth - own.width - 8));
  const below = from.bottom + own.height + 8 < innerHeight;
  const top = below ? from.bottom + 4 : Math.max(8, from.top - own.height - 4);
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}

function moveFocus(list: HTMLElement, event: KeyboardEvent): void {
  const items = [...list.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to: Record<string, number> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  let next = to[event.key];
  if (next === undefined && event.key.length === 1) {
    const letter = event.key.toLowerCase();
    const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    const found = order.find((i) => i.textContent!.trim().toLowerCase().startsWith(letter));
    if (found) next = items.indexOf(found);
  }
  if (next === undefined) return;
  event.preventDefault();
  items[next]?.focus();
}

function Menu({ label, items, opener }: OpenMenu) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = ref.current!;
    element.showPopover();
    place(element, opener);
    element.querySelector<HTMLElement>('[role=menuitem]:not([disabled])')?.focus();
    opener.setAttribute('aria-expanded', 'true');
    const toggled = (e: Event) => {
      if ((e as ToggleEvent).newState === 'closed' && menu.peek()?.opener === opener)
        closeMenu(element.contains(document.activeElement));
    };
    element.addEventListener('toggle', toggled);
    return () => {
      element.removeEventListener('toggle', toggled);
      opener.setAttribute('aria-expanded', 'false');
    };
  }, [opener]);
  return (
    <div
      ref={ref}
      class="menu"
      role="menu"
      aria-label={label}
      popover="auto"
      onKeyDown={(e) => {
        if (e.key === 'Escape' || e.key === 'Tab') {
          e.preventDefault();
          e.stopPropagation();
          closeMenu();
        } else moveFocus(ref.current!, e);
      }}
    >
      {items.map((item) => (
        <button
          type="button"
          key={item.label}
          role="menuitem"
          tabIndex={-1}
          class={(item.danger ? 'danger ' : '') + (item.apart ? 'apart' : '')}
          disabled={item.disabled}
          onClick={() => {
            closeMenu();
            item.run();
          }}
        >
          {item.label}
          {item.hint ? <small>{item.hint}</small> : null}
        </button>
      ))}
    </div>
  );
}

export function MenuButton(props: {
  label: string;
  items: () => Item[];
  tabIndex?: number;
  children?: ComponentChildren;
  class?: string;
}) {
  return (
    <button
      type="button"
      class={props.class ?? 'plain'}
      aria-label={props.children ? undefined : props.label}
      title={props.children ? undefined : props.label}
      aria-haspopup="menu"
      aria-expanded="false"
      tabIndex={props.tabIndex}
      onClick={(e) => openMenu(props.label, props.items(), e.currentTarget)}
    >
      {props.children ?? <Icon name="more" />}
    </button>
  );
}

function OneToast({ toast }: { toast: Toast }) {
  return (
    <li class={`toast ${toast.tone}`}>
      <Icon name={toast.tone === 'ok' ? 'check' : 'warn'} />
      <span>{toast.text}</span>
      {toast.action ? (
        <button type="button" onClick={() => (dismiss(toast.id), toast.run?.())}>
          {toast.action}
        </button>
      ) : null}
      <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
        <Icon name="close" />
      </button>
    </li>
  );
}

export function ToastHost() {
  return (
    <div class="toasts" role="region" aria-label="Results">
      <div role="status">
        <ul>
          {toasts.value.map((t) => (
            <OneToast key={t.id} toast={t} />
          ))}
        </ul>
      </div>
    </div>
  );
}
