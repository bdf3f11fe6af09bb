-- What one operator did and what was refused are found among all that is logged, and open cases among all that ever were.
create index admin_action_by_who on admin_action (who, number);
create index admin_action_by_outcome on admin_action (outcome, number);
create index court_case_open on court_case (id) where state <> 'CLOSED';
