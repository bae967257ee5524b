// The few texts of the chat that are there before its program is; the same ones as in the languages' own files.

export interface EarlyWords {
  title: string;
  trust: string;
  close: string;
  message: string;
  send: string;
}

const say = (title: string, trust: string, close: string, message: string, send: string): EarlyWords => ({ title, trust, close, message, send });

export const early: Readonly<Record<string, EarlyWords>> = {
  en: say("Private chat", "End-to-end encrypted", "Close chat", "Message", "Send"),
  de: say("Vertraulicher Chat", "Ende-zu-Ende verschlüsselt", "Chat schließen", "Nachricht", "Senden"),
  fr: say("Discussion privée", "Chiffré de bout en bout", "Fermer la discussion", "Message", "Envoyer"),
  es: say("Chat privado", "Cifrado de extremo a extremo", "Cerrar el chat", "Mensaje", "Enviar"),
  ar: say("محادثة خاصة", "مشفرة من طرف إلى طرف", "إغلاق المحادثة", "رسالة", "إرسال"),
};
