/** The made-up organisation as data: who works there, and with what. Addresses are those kept for documentation (RFC 5737, RFC 2606). */

export const DOMAIN = 'example.com';

export const FIRST_NAMES =
  'Ada Alan Amir Anna Aylin Ben Carla Chen Clara Dana David Elif Emil Emma Eva Farah Felix Finn Grace Hana Hugo Ida Ines Ivan Jana Jonas Julia Kai Karim Lars Lea Lena Leo Lina Luca Maja Malik Mara Max Mei Mia Milan Nadia Nils Nina Noor Olga Omar Oskar Paul Petra Priya Rana Rosa Samir Sara Sofia Sven Tara Theo Tom Uma Vera Viktor Yara Yuki Zoe'.split(
    ' ',
  );
export const LAST_NAMES =
  'Adler Ahmed Alvarez Bauer Becker Berg Brandt Brown Costa Demir Diaz Eriksen Falk Fischer Garcia Haas Hansen Hoang Ito Jansen Jung Kaya Keller Khan Klein Kovac Krause Kumar Lang Larsen Lehmann Lopez Maier Marino Mendes Mohr Moreau Nagy Neumann Novak Okafor Olsen Park Peters Petrov Popa Reyes Richter Rossi Roth Sato Schulz Silva Singh Sommer Stein Suzuki Tanaka Thomas Vogel Wagner Weber Winter Wolf Yilmaz Zhang Ziegler'.split(
    ' ',
  );

export interface Department {
  readonly group: string;
  /** Of all people, relative to the others. */
  readonly weight: number;
  /** Which systems its people have. */
  readonly platforms: { readonly linux: number; readonly darwin: number; readonly win32: number };
}
export const DEPARTMENTS: readonly Department[] = [
  { group: 'engineering', weight: 38, platforms: { linux: 40, darwin: 42, win32: 18 } },
  { group: 'sales', weight: 22, platforms: { linux: 0, darwin: 30, win32: 70 } },
  { group: 'support', weight: 16, platforms: { linux: 6, darwin: 14, win32: 80 } },
  { group: 'finance', weight: 13, platforms: { linux: 0, darwin: 15, win32: 85 } },
  { group: 'people', weight: 7, platforms: { linux: 0, darwin: 55, win32: 45 } },
  { group: 'admins', weight: 4, platforms: { linux: 60, darwin: 25, win32: 15 } },
];
/** For every hundred devices: people from outside, who have none of them. */
export const GUESTS_PER_HUNDRED = 6;
export const BREAK_GLASS = [`break-glass-1@${DOMAIN}`, `break-glass-2@${DOMAIN}`];
/** Devices beyond the first of a person: for a tenth of all. */
export const SECOND_DEVICE = 0.1;

export interface App {
  readonly id: string;
  readonly sensitivity: 'public' | 'internal' | 'confidential' | 'secret';
  /** Groups whose people use it, and how often relative to other apps; `staff` are all but guests. */
  readonly usedBy: Readonly<Record<string, number>>;
}
export const APPS: readonly App[] = [
  { id: 'mail', sensitivity: 'internal', usedBy: { staff: 30 } },
  { id: 'chat', sensitivity: 'internal', usedBy: { staff: 25 } },
  { id: 'wiki', sensitivity: 'internal', usedBy: { staff: 12, guests: 10 } },
  { id: 'handbook', sensitivity: 'public', usedBy: { staff: 3, guests: 10 } },
  { id: 'code', sensitivity: 'confidential', usedBy: { engineering: 30, admins: 10 } },
  { id: 'build', sensitivity: 'confidential', usedBy: { engineering: 12, admins: 8 } },
  { id: 'crm', sensitivity: 'confidential', usedBy: { sales: 30, support: 15 } },
  { id: 'tickets', sensitivity: 'internal', usedBy: { support: 30, engineering: 6 } },
  { id: 'ledger', sensitivity: 'secret', usedBy: { finance: 30 } },
  { id: 'payroll', sensitivity: 'secret', usedBy: { people: 25, finance: 6 } },
  { id: 'admin-console', sensitivity: 'secret', usedBy: { admins: 30, 'break-glass': 1 } },
];

/** Where people are when they ask. `known`: a place that the directory names. */
export interface Network {
  readonly name: string;
  readonly range: string;
  readonly prefix: string;
  readonly weight: number;
  readonly known: boolean;
}
export const NETWORKS: readonly Network[] = [
  { name: 'office', range: '192.0.2.0/24', prefix: '192.0.2.', weight: 55, known: true },
  { name: 'home', range: '198.51.100.0/24', prefix: '198.51.100.', weight: 38, known: false },
  { name: 'away', range: '203.0.113.0/24', prefix: '203.0.113.', weight: 7, known: false },
];

export const RISKS = [
  { level: 'none', weight: 82 },
  { level: 'low', weight: 14 },
  { level: 'medium', weight: 3.5 },
  { level: 'high', weight: 0.5 },
] as const;

/** Shares, from 0 to 1. */
export const HABITS = {
  /** Of people, on Saturdays and Sundays. */
  weekendWork: 0.06,
  /** Of working days: at leave, ill, at a customer. */
  away: 0.1,
  /** Of visits: the agent is silent though the person works. */
  silentAgent: 0.03,
  /** Of questions: from a telephone or a browser that is no device of the organisation. */
  noDevice: 0.06,
  /** Of questions: on a colleague's device. */
  borrowed: 0.01,
  secondFactor: 0.85,
  acceptedTerms: 0.7,
  /** Visits and questions on one of them, the least and the most. */
  visits: [3, 5],
  questions: [2, 3],
} as const;
