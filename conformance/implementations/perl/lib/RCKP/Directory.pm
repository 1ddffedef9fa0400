package RCKP::Directory;

# A directory that is held open, and what is done to the names in it. Whatever
# becomes of the path that led here, everything happens in this very directory,
# so that no link that is put in the way can lead astray (STORE-3, SAFE-4).
#
# Perl has no openat(2); instead each operation enters the directory by its handle
# (fchdir). What uses this class runs inside `keeping_cwd`.
#
# As Perl's own functions do, those here give a false value and set $! on failure.

use v5.36;
use Cwd ();
use Errno qw(EINTR EINVAL EWOULDBLOCK);
use Fcntl qw(:DEFAULT :flock :mode);
use IO::Handle ();
use Time::HiRes ();

use constant TRY_AGAIN_AFTER => 0.05;    # seconds, between two tries to get a lock

# Runs a block and returns to the working directory, also when it dies.
sub keeping_cwd ($block) {
    my $here = Cwd::getcwd();
    my $opened = sysopen my $handle, '.', O_RDONLY | O_DIRECTORY;
    my $back   = sub { $opened ? chdir $handle : defined $here && chdir $here };
    my @given = eval { $block->() };
    my $error = $@;
    my $left  = $back->();
    die $error if $error;
    die "RCKP: cannot return to the working directory: $!\n" unless $left;
    return wantarray ? @given : $given[-1];
}

# By a path that a person names, through whatever links (STORE-3).
sub open_path ($class, $path) {
    sysopen my $handle, $path, O_RDONLY | O_DIRECTORY or return;
    return bless {handle => $handle}, $class;
}

# One level down, and never through a link. A link there is ENOTDIR.
sub open_child ($self, $name) {
    $self->enter or return;
    sysopen my $handle, $name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW or return;
    return bless {handle => $handle}, ref $self;
}

# The directory that holds this one.
sub open_parent ($self) {
    $self->enter or return;
    return ref($self)->open_path('..');
}

sub enter ($self) { chdir $self->{handle} }

# All names but "." and "..", sorted as bytes; a reference to the list.
sub names ($self) {
    $self->enter or return;
    opendir my $listing, '.' or return;
    $! = 0;
    my @names = grep { $_ ne '.' && $_ ne '..' } readdir $listing;
    return if $!;
    return [sort @names];
}

# What a name stands for itself, links not followed: undef, or a hash.
sub look ($self, $name) {
    $self->enter or return;
    return _facts(Time::HiRes::lstat($name));
}

# Opens a regular file to read; never waits, never follows a link (STORE-4).
# Anything else is opened in no way that matters and given with its own facts.
sub open_file ($self, $name) {
    $self->enter or return;
    sysopen my $handle, $name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK or return;
    return $handle;
}

sub facts_of ($handle) { _facts(Time::HiRes::stat($handle)) }

sub _facts (@stat) {
    return unless @stat;
    my ($device, $inode, $mode, $owner, $group, $size, $modified) = @stat[0, 1, 2, 4, 5, 7, 9];
    return {
        is_file      => S_ISREG($mode),
        is_link      => S_ISLNK($mode),
        is_directory => S_ISDIR($mode),
        permissions  => $mode & 0777,
        owner        => $owner,
        group        => $group,
        inode        => "$device $inode",
        size         => $size,
        modified     => $modified,
        # STORE-17: what makes it the very file.
        same         => join(' ', $device, $inode, $size, sprintf '%.7f', $modified),
    };
}

# A new file, to write; it must not exist (SAFE-5).
sub create ($self, $name, $permissions) {
    $self->enter or return;
    sysopen my $handle, $name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, $permissions or return;
    return $handle;
}

sub make_directory  ($self, $name)          { $self->enter && mkdir $name }
sub link_name       ($self, $name, $second) { $self->enter && link $name, $second }
sub rename_name     ($self, $name, $new)    { $self->enter && rename $name, $new }
sub remove          ($self, $name)          { $self->enter && unlink $name }

# SAFE-14: called once for each change, never again when it has failed. A call that
# a signal interrupts has not failed.
sub flush_handle ($handle) {
    my $flushed;
    do { $flushed = $handle->sync } until $flushed || !$!{EINTR};
    return $flushed;
}

# A file system that does not flush directories does not need it.
sub flush ($self) { flush_handle($self->{handle}) || $!{EINVAL} }

# SAFE-6: 'held', 'taken' when somebody else has it all the time, or 'none' when
# there are no such locks here. Ends with unlock, or when the object goes.
sub lock ($self, $seconds) {
    my $until = Time::HiRes::time() + $seconds;
    while (!flock $self->{handle}, LOCK_EX | LOCK_NB) {
        return 'none' unless $!{EWOULDBLOCK} || $!{EINTR};
        return 'taken' if Time::HiRes::time() >= $until;
        Time::HiRes::sleep(TRY_AGAIN_AFTER);
    }
    return 'held';
}

sub unlock ($self) { flock $self->{handle}, LOCK_UN }

1;
