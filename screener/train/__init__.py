"""Fits the scorecard to labelled listings: the judge finds the signals, a logistic regression the weights, budgets of false alarms the thresholds."""
