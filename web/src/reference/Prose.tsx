// A text of the document: paragraphs, and names between backticks as code.

export interface ProseProps {
  readonly text: string;
  readonly lang?: string;
  readonly small?: boolean;
}

export function Prose({ text, lang = "en", small = false }: ProseProps) {
  return (
    <div className={small ? "said t1" : "said"} lang={lang}>
      {text.split(/\n\s*\n/).map((paragraph) => (
        <p key={paragraph}>
          <Inline text={paragraph} />
        </p>
      ))}
    </div>
  );
}

export function Inline({ text }: { text: string }) {
  const parts = text.split(/`([^`]+)`/);
  return parts.map((part, at) => {
    const key = `${at} ${part}`;
    return at % 2 === 1 ? <code key={key}>{part}</code> : <span key={key}>{part}</span>;
  });
}
