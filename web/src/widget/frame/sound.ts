let audio: AudioContext | null = null;

/** chime is a short, soft sound. Browsers let it be heard once the visitor has used the chat. */
export function chime(): void {
  try {
    audio ??= new AudioContext();
    const { currentTime: now, destination } = audio;
    const [tone, loudness] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.setValueAtTime(660, now);
    tone.frequency.setValueAtTime(880, now + 0.09);
    loudness.gain.setValueAtTime(0.0001, now);
    loudness.gain.exponentialRampToValueAtTime(0.08, now + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, now + 0.35);
    tone.connect(loudness).connect(destination);
    tone.start(now);
    tone.stop(now + 0.4);
  } catch {
    return; // a browser without sound
  }
}
