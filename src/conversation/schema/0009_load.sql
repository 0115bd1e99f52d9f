-- How much each agent has: asked for every member of a team whenever a conversation is given away.
CREATE INDEX conversation_load ON conversation (assignee, channel) WHERE state = 'open' AND assignee IS NOT NULL;
