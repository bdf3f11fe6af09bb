-- Of what a verdict's call was made: it is made again without the vote of one who has left before the Court took it.
alter table evidence add column verdict jsonb;
