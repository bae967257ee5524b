import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../words";
import { Problem } from "./parts";

// Not in TypeScript's library: https://wicg.github.io/shape-detection-api/
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

type DetectorClass = new (options: { formats: string[] }) => Detector;

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** canScan reports whether this browser reads QR codes by itself and has a camera to ask for. */
export function canScan(): boolean {
  return detectorClass() !== undefined && navigator.mediaDevices !== undefined;
}

/** Scan shows the camera until it sees a QR code. */
export function Scan({ onFound }: { onFound: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const over = new AbortController();
    if (video.current) watch(video.current, over.signal).then((text) => text && onFound(text), () => setFailed(true));
    return () => over.abort();
  }, []);
  if (failed) return <Problem text={words.open.noCamera} />;
  return (
    <div>
      <div class="scan">
        <video ref={video} muted playsInline aria-label={words.open.scanning} />
      </div>
      <p class="hint">{words.open.scanning}</p>
    </div>
  );
}

async function watch(video: HTMLVideoElement, over: AbortSignal): Promise<string> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    return await look(video, over);
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

async function look(video: HTMLVideoElement, over: AbortSignal): Promise<string> {
  const Detector = detectorClass();
  if (!Detector) throw new Error("no BarcodeDetector");
  const detector = new Detector({ formats: ["qr_code"] });
  while (!over.aborted) {
    const [code] = await detector.detect(video);
    if (code) return code.rawValue;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return "";
}
