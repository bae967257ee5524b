// The few words that the script says itself, before there is a chat.

export interface Words {
  open: string;
  close: string;
  unread: string;
  failed: string;
}

const say = (open: string, close: string, unread: string, failed: string): Words => ({ open, close, unread, failed });

const all: Record<string, Words> = {
  en: say("Talk privately", "Close chat", "new messages", "Not loaded. Try again"),
  de: say("Vertraulich schreiben", "Chat schließen", "neue Nachrichten", "Nicht geladen. Noch einmal"),
  fr: say("Écrire en privé", "Fermer la discussion", "nouveaux messages", "Pas chargé. Réessayer"),
  es: say("Escribir en privado", "Cerrar el chat", "mensajes nuevos", "No cargado. Reintentar"),
  ar: say("محادثة خاصة", "إغلاق المحادثة", "رسائل جديدة", "لم يتم التحميل. إعادة المحاولة"),
};

/** wordsFor returns the words of a language, or of the first of the visitor's that there are words for. */
export function wordsFor(lang: string): Words {
  for (const tag of lang ? [lang] : navigator.languages) {
    const found = all[tag.split("-")[0]?.toLowerCase() ?? ""];
    if (found) return found;
  }
  return all["en"] as Words;
}
