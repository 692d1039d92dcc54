/** A box to check, with its label. */

/** A checkbox that tells what it is changed to. */
export function Check({ label, checked, change }: {
  label: string;
  checked: boolean;
  change(checked: boolean): void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={({ currentTarget }) => change(currentTarget.checked)}
      />
      {label}
    </label>
  );
}
