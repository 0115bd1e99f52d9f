-- The oldest contents of finished deliveries, for the rule that erases them after so many days.
CREATE INDEX delivery_content_age ON delivery (changed_at, id)
WHERE erased_at IS NULL AND state IN ('consigned', 'handed_over', 'refused', 'expired', 'failed', 'sent');
