/** The members of managed configuration in German, for the Group Policy editor. A test holds that none is missing. */

export const GERMAN = {
  language: 'de-DE',
  product: 'Stance',
  supported: 'Jede Version von Stance',
  members: {
    server: {
      title: 'Posture-Dienst',
      description: 'Adresse des Posture-Dienstes, an den dieses Gerät berichtet: https, oder http auf dem Gerät selbst (Loopback).',
    },
    enrollmentToken: {
      title: 'Anmeldetoken',
      description:
        'Token, mit dem Geräte beitreten, erzeugt mit „stance token enrollment“. Zusammen mit der Adresse des Dienstes tritt der Agent ohne einen Klick bei. Wer die Konfiguration lesen kann, kann das Token lesen: Wo das stört, nennen Sie stattdessen eine Datei.',
    },
    enrollmentTokenFile: {
      title: 'Datei mit dem Anmeldetoken',
      description:
        'Absoluter Pfad einer Datei, in der das Anmeldetoken steht und sonst nichts, nur für den Administrator lesbar. Sie wird gelesen, wenn das Gerät beitritt. Ist auch das Token selbst gesetzt, gilt dieses.',
    },
    caPin: {
      title: 'Festgelegte Zertifizierungsstelle',
      description:
        'SHA-256 des Zertifikats der einen Zertifizierungsstelle, der für den Posture-Dienst vertraut wird, hexadezimal: openssl x509 -in ca.pem -noout -fingerprint -sha256. Ohne diese Angabe gelten die Stellen, denen das System vertraut. Eine geänderte Angabe gilt auch für Geräte, die schon beigetreten sind; eine entfernte nicht.',
    },
    state: {
      title: 'Zustandsordner',
      description:
        'Absoluter Pfad des Ordners, in dem der Agent Schlüssel und Kette aufbewahrt; wird beim Start des Agenten gelesen. Die Unit des Debian-Pakets nennt ihren Ordner selbst, und das geht vor.',
    },
    intervalMs: {
      title: 'Berichtsintervall',
      description:
        'Millisekunden zwischen zwei Berichten, bis der Dienst ein anderes Intervall nennt, was er mit seiner ersten Antwort tut. Wird beim Start des Agenten gelesen.',
    },
    collectSerialNumber: {
      title: 'Seriennummer erfassen',
      description:
        'Beim Beitritt auch die Seriennummer des Geräts senden. Das und die Nummer selbst werden der Person im Fenster gezeigt. Unter Linux kann sie nur ein Agent lesen, der als root läuft.',
    },
    userMayChangeServer: {
      title: 'Personen dürfen einen anderen Dienst wählen',
      description: 'Personen ohne Administratorrechte dürfen dieses Gerät bei einem anderen Posture-Dienst anmelden als dem hier gesetzten.',
    },
    userMayChangeInterval: {
      title: 'Personen dürfen das Berichtsintervall ändern',
      description: 'Personen ohne Administratorrechte dürfen dem Agenten ein anderes Berichtsintervall geben als das hier gesetzte.',
    },
    userMayUnenroll: {
      title: 'Personen dürfen das Gerät abmelden',
      description:
        'Personen ohne Administratorrechte dürfen dieses Gerät vom Posture-Dienst abmelden („stance unenroll“). Ohne Angabe dürfen sie es dort, wo hier kein Dienst gesetzt ist.',
    },
    userMayQuit: {
      title: 'Personen dürfen Stance beenden',
      description: 'Personen dürfen Stance über sein Symbol im Infobereich beenden.',
    },
    rejoinAfterLeaving: {
      title: 'Nach dem Abmelden wieder beitreten',
      description:
        'Ein Gerät, das mit „stance unenroll“ abgemeldet wurde, tritt von selbst wieder bei. Sonst bleibt es abgemeldet, bis es jemand mit „stance enroll“ wieder anmeldet.',
    },
  },
};
