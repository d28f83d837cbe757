#!/usr/bin/perl
# Talks with a shell as a person would: types each command of a file, and waits until the expected lines appear.
#
#   converse.pl FILE PROGRAM [ARGUMENT ...]
#
# In the file a line "> COMMAND" is typed. The lines below it are regular expressions, each of which must match somewhere in
# what the program prints from then on, until the next command, whatever their order. "#" begins a comment. Prints a line for each
# command: pass or fail, the command, what did not come (tabs between).
use strict;
use warnings;
use IPC::Open2;
use IO::Select;
use Time::HiRes qw(time);

my ($file, @program) = @ARGV;
my $patience = 20;    # seconds; most answers take milliseconds
my @turns;
open my $script, '<', $file or die "$file: $!\n";
while (<$script>) {
    chomp;
    next if /^#/ || /^\s*$/;
    if   (s/^> //) { push @turns, [$_] }
    else           { push @{ $turns[-1] }, $_ }
}

my $pid = open2(my $out, my $in, 'sh', '-c', 'exec "$@" 2>&1', 'sh', @program);
$in->autoflush(1);
$SIG{PIPE} = 'IGNORE';
my $select = IO::Select->new($out);
my ($heard, $ended) = ('', 0);

sub listen_for {
    my ($seconds) = @_;
    return if !$select->can_read($seconds);
    $ended = 1 if !sysread $out, $heard, 65536, length $heard;
}

# The first turn has no command: what the program says of its own accord.
for my $turn (@turns) {
    my ($command, @expected) = @$turn;
    if ($command ne 'START') { $heard = ''; print $in "$command\n" }
    my $end = time + $patience;
    my @open = @expected;
    while (1) {
        @open = grep { $heard !~ /$_/m } @open;
        last if !@open || $ended || time > $end;
        listen_for(0.5);
    }
    my $told = $heard =~ s/\s+/ /gr;
    my $why = @open ? "no /$open[0]/ in: " . substr($told, 0, 300) : '';
    print join("\t", $why ? 'fail' : 'pass', $command, $why), "\n";
}
close $in;
my $end = time + $patience;
listen_for(0.5) while !$ended && time < $end;
kill 'TERM', $pid if !$ended;
waitpid $pid, 0;
